# Upstream's has the C library, that of the compiler, and next to nothing else.
FROM scratch
ADD runtime.tar /
USER 65532
