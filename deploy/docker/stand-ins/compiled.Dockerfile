# In the place of the toolchain: a `cargo` that gives out what this machine has compiled.
FROM quartet-stand-in/busybox
COPY compiled /compiled
COPY compiled-cargo /bin/cargo
