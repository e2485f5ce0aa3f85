# What the images of Prometheus and VictoriaMetrics have beside their program.
FROM scratch
COPY busybox /bin/busybox
COPY passwd /etc/passwd
RUN ["/bin/busybox", "--install", "-s", "/bin"]
