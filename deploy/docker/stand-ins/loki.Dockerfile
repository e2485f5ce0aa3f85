# Upstream's has nothing but the program since 3.6, and a user 10001 that owns the folder of the data.
FROM scratch
COPY loki /usr/bin/loki
COPY --chown=10001:10001 empty /loki
USER 10001
ENTRYPOINT ["/usr/bin/loki"]
