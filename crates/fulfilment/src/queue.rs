//! How full the queue is, for who scrapes this process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::JobState;
use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use storage::{QueueState, Store};
use telemetry::Metrics;

/// How often the queue is counted; a scrape is at most that much behind.
const INTERVAL: Duration = Duration::from_secs(2);

/// What was counted last; nothing while the database does not answer, so that no scrape shows what was once true.
#[derive(Clone, Debug, Default)]
struct Counted(Arc<Mutex<Option<QueueState>>>);

/// Counts the queue once, and then again and again. Call it once per process: it registers the metric families.
pub(crate) async fn watch(store: Store, metrics: &Metrics) -> impl Future<Output = ()> + use<> {
    let counted = Counted::default();
    counted.count(&store).await;
    metrics.collect(counted.clone());
    async move {
        loop {
            tokio::time::sleep(INTERVAL).await;
            counted.count(&store).await;
        }
    }
}

impl Counted {
    async fn count(&self, store: &Store) {
        // Whoever works on the queue complains about the same database.
        let state = telemetry::untraced(store.queue()).await.ok();
        *self.0.lock() = state;
    }
}

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(state) = *self.0.lock() else {
            return Ok(());
        };
        let mut depth = encoder.encode_descriptor(
            "job_queue_depth",
            "Jobs that are not over, by state",
            None,
            MetricType::Gauge,
        )?;
        let counts = [
            (JobState::Ready, state.ready),
            (JobState::Leased, state.leased),
            (JobState::Dead, state.dead),
        ];
        for (word, jobs) in counts {
            depth
                .encode_family(&[("state", word.as_str())])?
                .encode_gauge(&jobs)?;
        }
        encoder
            .encode_descriptor(
                "job_queue_oldest_age",
                "How long the oldest due job has waited",
                Some(&Unit::Seconds),
                MetricType::Gauge,
            )?
            .encode_gauge(&state.oldest_age().as_secs_f64())
    }
}
