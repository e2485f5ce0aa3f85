//! The task that makes a profile now and then and sends it; it waits for Pyroscope, nobody waits for it.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use parking_lot::Mutex;
use prometheus_client::metrics::counter::Counter;
use prost::Message;
use pyroscope::backend::{BackendImpl, BackendReady, ReportBatch, ReportData};
use pyroscope::encode::r#gen::push::{PushRequest, RawProfileSeries, RawSample};
use pyroscope::encode::r#gen::types::LabelPair;
use reqwest::StatusCode;
use tokio::sync::{Notify, watch};

use super::fates::Fates;
use super::profiler::chain;
use crate::settings::{BasicAuth, Settings};

/// For one profile, all attempts together.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before each further attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// What every signal of a service is known by, as far as it tells series of profiles apart.
const IDENTITY: [&str; 3] = ["service_name", "deployment_environment_name", "project"];

/// Makes and sends profiles.
pub(super) struct Sender {
    client: reqwest::Client,
    url: String,
    basic_auth: Option<BasicAuth>,
    labels: Vec<LabelPair>,
    interval: Duration,
    fates: Fates,
    filling: Arc<Notify>,
    closing: watch::Receiver<Option<Instant>>,
}

type Source = Arc<Mutex<BackendImpl<BackendReady>>>;

/// Why a profile was not taken.
enum Refusal {
    /// No answer, or none that can be read.
    Transport(reqwest::Error),
    /// Another answer than success.
    Status(StatusCode),
}

impl Sender {
    pub(super) fn to(
        endpoint: &str,
        settings: &Settings,
        fates: Fates,
        filling: Arc<Notify>,
        closing: watch::Receiver<Option<Instant>>,
    ) -> reqwest::Result<Self> {
        #[cfg(feature = "tls")]
        crate::traces::provide_cryptography();
        let user_agent = concat!("quartet-telemetry/", env!("CARGO_PKG_VERSION"));
        let labels = crate::identity::labels(settings).into_iter();
        Ok(Self {
            client: reqwest::Client::builder().user_agent(user_agent).build()?,
            url: format!(
                "{}/push.v1.PusherService/Push",
                endpoint.trim_end_matches('/')
            ),
            basic_auth: settings.profiles.basic_auth.clone(),
            labels: labels
                .filter(|(name, _)| IDENTITY.contains(&name.as_str()))
                .map(|(name, value)| LabelPair { name, value })
                .collect(),
            interval: settings.profiles.interval,
            fates,
            filling,
            closing,
        })
    }

    /// Makes and sends profiles until it is asked for the last.
    pub(super) async fn run(mut self, backends: Vec<BackendImpl<BackendReady>>) {
        let sources: Vec<Source> = backends
            .into_iter()
            .map(|backend| Arc::new(Mutex::new(backend)))
            .collect();
        let mut is_last = false;
        while !is_last {
            is_last = tokio::select! {
                () = tokio::time::sleep(self.interval) => false,
                () = self.filling.notified() => false,
                // Also where nobody is left who could ask.
                _ = self.closing.changed() => true,
            };
            for source in &sources {
                self.make_and_send(source).await;
            }
        }
        self.fates.tell_rest();
    }

    async fn make_and_send(&self, source: &Source) {
        let mut closing = self.closing.clone();
        tokio::select! {
            biased;
            () = self.made_and_sent(source) => {}
            () = expired(&mut closing) => {
                self.fates.lost(&self.fates.timed_out, "the service ends");
            }
        }
    }

    async fn made_and_sent(&self, source: &Source) {
        let source = source.clone();
        let made = tokio::task::spawn_blocking(move || source.lock().report());
        let reason = match made.await {
            Ok(Ok(batch)) => return self.send(batch).await,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.fates.lost(&self.fates.unmade, &reason);
    }

    async fn send(&self, batch: ReportBatch) {
        let Some(body) = self.body(batch) else {
            self.fates
                .lost(&self.fates.unmade, "it cannot be compressed");
            return;
        };
        match tokio::time::timeout(PATIENCE, self.attempts(body)).await {
            Ok(Ok(())) => {
                self.fates.pushed.inc();
            }
            Ok(Err(refusal)) => {
                let (fate, reason) = self.judge(refusal);
                self.fates.lost(fate, &reason);
            }
            Err(_) => self.fates.lost(&self.fates.timed_out, "no answer in time"),
        }
    }

    async fn attempts(&self, body: Vec<u8>) -> Result<(), Refusal> {
        for pause in PAUSES {
            match self.attempt(body.clone()).await {
                Err(refusal) if refusal.may_pass() => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.attempt(body).await
    }

    async fn attempt(&self, body: Vec<u8>) -> Result<(), Refusal> {
        let mut request = self
            .client
            .post(&self.url)
            .header("content-type", "application/proto")
            .header("content-encoding", "gzip")
            .body(body);
        if let Some(BasicAuth { user, password }) = &self.basic_auth {
            request = request.basic_auth(user, Some(password));
        }
        let answer = request.send().await.map_err(Refusal::Transport)?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Refusal::Status(status)),
        }
    }

    fn judge(&self, refusal: Refusal) -> (&Counter, String) {
        match refusal {
            Refusal::Transport(error) => (&self.fates.unreachable, chain(&error.without_url())),
            Refusal::Status(status) => (&self.fates.rejected, format!("it answered {status}")),
        }
    }

    fn body(&self, batch: ReportBatch) -> Option<Vec<u8>> {
        let ReportData::RawPprof(raw_profile) = batch.data else {
            return None;
        };
        let mut labels = self.labels.clone();
        labels.push(LabelPair {
            name: "__name__".to_owned(),
            value: batch.profile_type,
        });
        let request = PushRequest {
            series: vec![RawProfileSeries {
                labels,
                samples: vec![RawSample {
                    raw_profile,
                    id: uuid::Uuid::now_v7().to_string(),
                }],
            }],
        };
        let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
        compressed.write_all(&request.encode_to_vec()).ok()?;
        compressed.finish().ok()
    }
}

impl Refusal {
    /// Whether the same profile may be taken a moment later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_connect() || error.is_request(),
            Self::Status(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
        }
    }
}

/// Returns once the time that the end leaves for sending is over.
async fn expired(closing: &mut watch::Receiver<Option<Instant>>) {
    let deadline = match closing.wait_for(Option::is_some).await {
        Ok(deadline) => *deadline,
        Err(_) => None,
    };
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
