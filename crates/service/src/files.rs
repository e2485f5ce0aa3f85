//! Room for the open files that the limit of connections calls for.

use rustix::process::{Resource, getrlimit, setrlimit};

/// One for the connection, one for the watch over it.
const PER_CONNECTION: u64 = 2;
/// For everything else: databases, exporters, the operations server.
const BESIDES: u64 = 256;

/// Raises this process's limit of open files as far as the system lets it: the usual one of 1024
/// would refuse connections before our own limit does, and nobody would be told.
pub(crate) fn make_room(max_connections: usize) {
    let needed = max_connections as u64 * PER_CONNECTION + BESIDES;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| needed <= current) {
        return;
    }
    let possible = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    limit.current = Some(possible);
    let raised = setrlimit(Resource::Nofile, limit);
    if raised.is_err() || possible < needed {
        tracing::warn!(
            needed,
            possible,
            "the system permits fewer open files than QUARTET_MAX_CONNECTIONS calls for"
        );
    }
}
