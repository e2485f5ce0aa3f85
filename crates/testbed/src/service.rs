//! A service of Quartet as tests meet it: on free ports, with a database of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use wire::logfmt::Line;
use wire::openmetrics::{Exposition, Format, parse};

use crate::http::{self, Response};
use crate::{PATIENCE, Process, Program};

/// A running service.
pub struct Service {
    /// The process.
    pub process: Process,
    /// The public address.
    pub public: SocketAddr,
    /// The operations address.
    pub operations: SocketAddr,
}

impl Service {
    /// Starts the program at `path`, with demo endpoints on, and waits until it is ready.
    /// Its working directory is new, so its database is too.
    pub fn start(path: &Path, variables: &[(&str, &str)]) -> Self {
        let service = Self::start_unready(path, variables);
        service.wait_until_ready();
        service
    }

    /// The same, without waiting until it is ready.
    pub fn start_unready(path: &Path, variables: &[(&str, &str)]) -> Self {
        let program = Program::new(path)
            .env("QUARTET_HTTP_ADDRESS", "127.0.0.1:0")
            .env("QUARTET_OPERATIONS_ADDRESS", "127.0.0.1:0")
            // What other services do is for the tests that start them.
            .env("QUARTET_FULFILMENT_URL", "none")
            .env("QUARTET_DEMO", "on");
        let process = program.envs(variables).spawn();
        let (public, operations) = (process.address("public"), process.address("operations"));
        Self {
            process,
            public,
            operations,
        }
    }

    /// Waits until `/health/ready` says so.
    pub fn wait_until_ready(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.ready().is_ok_and(|answer| answer.status == 200) {
            assert!(
                Instant::now() < deadline,
                "not ready: {:?}\n{:?}",
                self.ready(),
                self.process.lines()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ready(&self) -> Result<Response, http::Error> {
        http::get(self.operations, "/health/ready")
    }

    /// `GET` on the public address.
    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], b"")
    }

    /// A JSON body on the public address.
    pub fn json(&self, method: &str, path: &str, body: &str) -> Response {
        self.send(
            method,
            path,
            &[("Content-Type", "application/json")],
            body.as_bytes(),
        )
    }

    /// Any request on the public address; the answer has to come.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        http::send(self.public, method, path, headers, body).unwrap()
    }

    /// A JSON body on the operations address.
    pub fn operate(&self, method: &str, path: &str, body: &str) -> Response {
        let json = [("Content-Type", "application/json")];
        http::send(self.operations, method, path, &json, body.as_bytes()).unwrap()
    }

    /// Switches a fault on for a minute.
    #[track_caller]
    pub fn inflict(&self, fault: &str, value: u64) {
        let body = format!(r#"{{"value":{value},"seconds":60}}"#);
        self.switch("PUT", fault, &body);
    }

    /// Switches a fault off.
    #[track_caller]
    pub fn relieve(&self, fault: &str) {
        self.switch("DELETE", fault, "");
    }

    #[track_caller]
    fn switch(&self, method: &str, fault: &str, body: &str) {
        let answer = self.operate(method, &format!("/faults/{fault}"), body);
        assert_eq!(answer.status, 204, "{method} {fault}: {}", answer.text());
    }

    /// What `/metrics` shows, as OpenMetrics.
    pub fn metrics(&self) -> Exposition {
        parse(
            &self.metrics_text("application/openmetrics-text"),
            Format::OpenMetrics,
        )
        .unwrap()
    }

    /// What `/metrics` shows to who accepts `media`.
    pub fn metrics_text(&self, media: &str) -> String {
        let answer = http::send(
            self.operations,
            "GET",
            "/metrics",
            &[("Accept", media)],
            b"",
        )
        .unwrap();
        assert_eq!(answer.status, 200);
        answer.text().to_owned()
    }

    /// The access line of the request with that id.
    pub fn access_line(&self, request_id: &str) -> Line {
        self.process
            .wait_for_logged(&format!("the access line of {request_id}"), |line| {
                line.get("target") == Some("access") && line.get("request_id") == Some(request_id)
            })
    }
}
