# Upstream's is one Go program from scratch. No registry of packages has it: this is HAProxy, told the same by the same flags.
FROM quartet-stand-in/debian
COPY docker-proxy-entrypoint /socket-proxy
COPY docker-proxy-health /healthcheck
USER 65534:65534
EXPOSE 2375
ENTRYPOINT ["/socket-proxy"]
