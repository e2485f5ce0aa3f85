//! No more connections than can be held: a further one is accepted, counted and closed.

use std::any::Any;
use std::net::Shutdown;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use prometheus_client::metrics::gauge::Gauge;

use crate::limits::Limits;

/// Lives as long as its connection.
struct Connection(Gauge);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts a new connection, or ends it: the server below then reads the end of the stream and drops it.
pub(crate) fn admit(limits: &Limits, connection: &dyn Any, data: &mut Extensions) {
    let before = limits.connections.inc();
    data.insert(Connection(limits.connections.clone()));
    let most = i64::try_from(limits.settings.max_connections).unwrap_or(i64::MAX);
    if before < most {
        return;
    }
    limits.connections_refused.inc();
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        // It may be gone already, which is as good.
        let _gone = socket2::SockRef::from(stream).shutdown(Shutdown::Both);
    }
}
