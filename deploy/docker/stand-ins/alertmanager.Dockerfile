# Upstream's has busybox, and runs as nobody, who owns the folder of the data.
FROM quartet-stand-in/busybox
COPY alertmanager /bin/alertmanager
COPY --chown=65534:65534 empty /alertmanager
USER nobody
VOLUME /alertmanager
WORKDIR /alertmanager
ENTRYPOINT ["/bin/alertmanager"]
