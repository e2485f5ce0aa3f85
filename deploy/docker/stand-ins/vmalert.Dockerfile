# Upstream's has busybox, and runs as root.
FROM quartet-stand-in/busybox
COPY vmalert /vmalert-prod
ENTRYPOINT ["/vmalert-prod"]
