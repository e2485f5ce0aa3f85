# Upstream's starts as root or as its user 999, who owns a folder for data that anybody may take over.
FROM quartet-stand-in/debian
RUN groupmod --gid 999 postgres \
    && usermod --uid 999 --gid 999 postgres \
    && install --directory --owner 999 --group 999 --mode 1777 /var/lib/postgresql/data \
    && install --directory --owner 999 --group 999 --mode 3777 /run/postgresql
COPY postgres-entrypoint /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin
ENV PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
