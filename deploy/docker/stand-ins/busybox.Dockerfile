# What the images of Prometheus and VictoriaMetrics have beside their program.
FROM scratch
ADD busybox.tar /
COPY passwd /etc/passwd
RUN ["/bin/busybox", "--install", "-s", "/bin"]
