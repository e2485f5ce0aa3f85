//! What is allocated and by whom, where jemalloc is the allocator and takes profiles.

use pyroscope::backend::{BackendImpl, BackendReady, jemalloc_backend};

/// Heap profiles, if the process was started with `MALLOC_CONF=prof:true,prof_active:true` or its like.
pub(super) fn start() -> Option<BackendImpl<BackendReady>> {
    match jemalloc_backend().initialize() {
        Ok(backend) => Some(backend),
        Err(error) => {
            tracing::warn!(%error, "no heap profiles: jemalloc does not take them");
            None
        }
    }
}
