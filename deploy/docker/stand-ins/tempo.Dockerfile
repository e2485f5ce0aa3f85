# Upstream's has nothing but the program since 2.9.3, and a user 10001 that owns the folder of the data.
FROM scratch
COPY tempo /tempo
COPY --chown=10001:10001 empty /var/tempo
USER 10001:10001
ENTRYPOINT ["/tempo"]
