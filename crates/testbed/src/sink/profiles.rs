use std::net::SocketAddr;
use std::sync::Arc;

use wire::push::Push;

use super::received::{Received, Request};
use super::{Behaviour, hole, http, listen};
use crate::PATIENCE;

/// A receiver of profiles on 127.0.0.1, which speaks as Pyroscope does and stops when it is dropped.
pub struct ProfileSink {
    address: SocketAddr,
    received: Arc<Received<Push>>,
    _server: Server,
}

#[expect(dead_code, reason = "held for what their drop does")]
enum Server {
    Http(http::Server),
    Hole(hole::Hole),
}

impl ProfileSink {
    /// Takes `POST /push.v1.PusherService/Push`.
    pub fn start() -> Self {
        Self::at(0)
    }

    /// The same, on a port that the caller knows already.
    pub fn at(port: u16) -> Self {
        let listener = listen(port);
        let received = Arc::new(Received::default());
        Self {
            address: listener.local_addr().unwrap(),
            _server: Server::Http(http::Server::start(listener, Arc::clone(&received))),
            received,
        }
    }

    /// Accepts connections, reads nothing and answers nothing.
    pub fn black_hole() -> Self {
        let listener = listen(0);
        Self {
            address: listener.local_addr().unwrap(),
            _server: Server::Hole(hole::Hole::start(listener)),
            received: Arc::default(),
        }
    }

    /// Changes how requests are treated from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.received.behave(behaviour);
    }

    /// The address as `PYROSCOPE_SERVER_ADDRESS` takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the sink listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests came, those not answered or refused included.
    pub fn requests(&self) -> usize {
        self.received.state.read(|state| state.requests)
    }

    /// The newest request, if one came.
    pub fn last_request(&self) -> Option<Request> {
        self.received.state.read(|state| state.last.clone())
    }

    /// What could not be decoded, in words.
    pub fn errors(&self) -> Vec<String> {
        self.received.state.read(|state| state.errors.clone())
    }

    /// Every profile taken so far, in the order of arrival.
    ///
    /// # Panics
    /// If a request came that could not be decoded.
    pub fn pushes(&self) -> Vec<Push> {
        self.received.state.read(|state| state.whole().to_vec())
    }

    /// Waits until the profiles taken so far satisfy `enough`, and returns them.
    ///
    /// # Panics
    /// If they do not in time.
    #[track_caller]
    pub fn wait_for_pushes(&self, awaited: &str, enough: impl Fn(&[Push]) -> bool) -> Vec<Push> {
        self.received.wait(awaited, PATIENCE, |pushes| {
            enough(pushes).then(|| pushes.to_vec())
        })
    }

    /// Waits until at least `count` requests came, whatever became of them.
    ///
    /// # Panics
    /// If they do not in time.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) {
        let enough = self
            .received
            .state
            .wait(PATIENCE, |state| (count <= state.requests).then_some(()));
        if enough.is_none() {
            panic!("awaited {count} requests, there were {}", self.requests());
        }
    }
}
