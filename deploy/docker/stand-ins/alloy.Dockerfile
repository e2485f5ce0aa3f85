# Upstream's is Ubuntu, runs as root unless told otherwise, and has a user 473 that owns the folder of the data.
FROM quartet-stand-in/debian
COPY alloy /bin/alloy
RUN groupadd --gid 473 alloy \
    && useradd --uid 473 --gid 473 --create-home alloy \
    && install --directory --owner 473 --group 473 --mode 0770 /var/lib/alloy /var/lib/alloy/data
ENV ALLOY_DEPLOY_MODE=docker
ENTRYPOINT ["/bin/alloy"]
