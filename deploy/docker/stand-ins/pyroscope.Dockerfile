# Upstream's has nothing but two programs, and a user 10001 that owns the folder of the data.
FROM scratch
COPY pyroscope profilecli /usr/bin/
COPY --chown=10001:10001 empty /data
USER 10001:10001
VOLUME /data
ENTRYPOINT ["/usr/bin/pyroscope"]
