# Upstream's is Debian with a toolchain. The crates of Cargo.lock are in here too, so that a build needs no network.
FROM scratch
ADD gcc.tar /
COPY toolchain /usr/local/rust
COPY registry /usr/local/cargo/registry
ENV PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV CARGO_HOME=/usr/local/cargo
