# Upstream's has busybox, and runs as root.
FROM quartet-stand-in/busybox
COPY victoria-metrics /victoria-metrics-prod
ENTRYPOINT ["/victoria-metrics-prod"]
