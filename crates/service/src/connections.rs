//! No more connections than can be held, and none for a client that does not use it.

use std::any::Any;
use std::cell::Cell;
use std::net::Shutdown;
use std::rc::{Rc, Weak};
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use prometheus_client::metrics::gauge::Gauge;
use socket2::SockRef;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::limits::Limits;

/// How long a connection is kept for a next request.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Lives as long as its connection.
struct Connection {
    open: Gauge,
    activity: Rc<Activity>,
    watch: Option<JoinHandle<()>>,
}

struct Activity {
    requests: Cell<usize>,
    idle_since: Cell<Instant>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.dec();
        if let Some(watch) = &self.watch {
            watch.abort();
        }
    }
}

/// Counts a new connection; one beyond the limit is counted as refused and ended,
/// so that the server below reads the end of the stream and drops it.
pub(crate) fn admit(limits: &Limits, connection: &dyn Any, data: &mut Extensions) {
    let most = i64::try_from(limits.settings.max_connections).unwrap_or(i64::MAX);
    let counted =
        limits
            .connections
            .inner()
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
                (open < most).then_some(open + 1)
            });
    let stream = connection.downcast_ref::<TcpStream>();
    if counted.is_err() {
        limits.connections_refused.inc();
        if let Some(stream) = stream {
            // It may be gone already, which is as good.
            let _gone = SockRef::from(stream).shutdown(Shutdown::Both);
        }
        return;
    }
    let activity = Rc::new(Activity {
        requests: Cell::new(0),
        idle_since: Cell::new(Instant::now()),
    });
    let patience = KEEP_ALIVE + limits.settings.head_timeout;
    // Without a descriptor left for the watch, the connection is served unwatched.
    let own_handle = stream.and_then(|stream| SockRef::from(stream).try_clone().ok());
    let watch = own_handle
        .map(|socket| actix_web::rt::spawn(watch(socket, Rc::downgrade(&activity), patience)));
    data.insert(Connection {
        open: limits.connections.clone(),
        activity,
        watch,
    });
}

/// Ends a connection that has had no request under way for longer than `patience`. The server below
/// has a time-out for the first head and for silence between requests, but none for later heads.
async fn watch(socket: socket2::Socket, activity: Weak<Activity>, patience: Duration) {
    while let Some(activity) = activity.upgrade() {
        let now = Instant::now();
        let deadline = match activity.requests.get() {
            0 => activity.idle_since.get() + patience,
            _ => now + patience,
        };
        drop(activity);
        if deadline <= now {
            let _gone = socket.shutdown(Shutdown::Both);
            return;
        }
        sleep_until(deadline).await;
    }
}

/// Marks a connection as having a request under way.
pub(crate) struct Busy(Rc<Activity>);

impl Busy {
    /// Of the connection of `request`; none where connections are not watched.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let activity = request.conn_data::<Connection>()?.activity.clone();
        activity.requests.set(activity.requests.get() + 1);
        Some(Self(activity))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.requests.set(self.0.requests.get() - 1);
        self.0.idle_since.set(Instant::now());
    }
}
