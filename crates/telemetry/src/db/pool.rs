//! How long calls wait for a connection, and how many connections there are.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;

use super::{Database, ErrorType};
use crate::Telemetry;
use crate::metrics::CALL_SECONDS;

/// The connections of a pool at one moment.
#[derive(Clone, Copy, Debug)]
pub struct PoolState {
    /// Open and free.
    pub idle: u32,
    /// Open and lent.
    pub used: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PoolName {
    db_client_connection_pool_name: &'static str,
}

type Waits = Family<PoolName, Histogram, fn() -> Histogram>;

/// The families that all pools of a process share.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    waits: Waits,
    pending: Family<PoolName, Gauge>,
    timeouts: Family<PoolName, Counter>,
    sizes: Arc<parking_lot::Mutex<Vec<Size>>>,
}

struct Size {
    name: &'static str,
    max: u32,
    state: Box<dyn Fn() -> PoolState + Send + Sync>,
}

impl fmt::Debug for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Size")
            .field("name", &self.name)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

/// The pools' sizes, read at each scrape.
#[derive(Debug)]
struct Sizes(Arc<parking_lot::Mutex<Vec<Size>>>);

impl Pools {
    pub(crate) fn register(telemetry: &Telemetry) -> Self {
        let pools = Self {
            waits: Waits::new_with_constructor((|| Histogram::new(CALL_SECONDS)) as fn() -> _),
            pending: Family::default(),
            timeouts: Family::default(),
            sizes: Arc::default(),
        };
        let metrics = telemetry.metrics();
        metrics.register_with_unit(
            "db_client_connection_wait_time",
            "Time to obtain a connection from the pool",
            Unit::Seconds,
            pools.waits.clone(),
        );
        metrics.register(
            "db_client_connection_pending_requests",
            "Requests that wait for a connection",
            pools.pending.clone(),
        );
        metrics.register(
            "db_client_connection_timeouts",
            "Requests that got no connection in time",
            pools.timeouts.clone(),
        );
        metrics.collect(Sizes(pools.sizes.clone()));
        pools
    }
}

impl Collector for Sizes {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let sizes = self.0.lock();
        let help = "Connections by state.";
        let mut family = encoder.encode_descriptor(
            "db_client_connection_count",
            help,
            None,
            MetricType::Gauge,
        )?;
        for size in sizes.iter() {
            let state = (size.state)();
            for (label, count) in [("idle", state.idle), ("used", state.used)] {
                let labels = [
                    ("db_client_connection_pool_name", size.name),
                    ("db_client_connection_state", label),
                ];
                ConstGauge::new(i64::from(count)).encode(family.encode_family(&labels)?)?;
            }
        }
        let help = "Connections that may be open.";
        let mut family =
            encoder.encode_descriptor("db_client_connection_max", help, None, MetricType::Gauge)?;
        for size in sizes.iter() {
            let labels = [("db_client_connection_pool_name", size.name)];
            ConstGauge::new(i64::from(size.max)).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// One pool of connections; made by [`Database::pool`].
#[derive(Clone, Debug)]
pub struct Pool {
    waits: Histogram,
    pending: Gauge,
    timeouts: Counter,
}

impl Database {
    /// Shows a pool of at most `max` connections; `state` is asked at each scrape.
    pub fn pool(
        &self,
        name: &'static str,
        max: u32,
        state: impl Fn() -> PoolState + Send + Sync + 'static,
    ) -> Pool {
        let pools = &self.pools;
        pools.sizes.lock().push(Size {
            name,
            max,
            state: Box::new(state),
        });
        let label = PoolName {
            db_client_connection_pool_name: name,
        };
        Pool {
            waits: pools.waits.get_or_create_owned(&label),
            pending: pools.pending.get_or_create_owned(&label),
            timeouts: pools.timeouts.get_or_create_owned(&label),
        }
    }
}

/// Counts a waiting request down even if it is dropped.
struct Pending<'a>(&'a Gauge);

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Pool {
    /// Runs `future`, which obtains a connection, and measures the wait. A failure that is called
    /// `pool_timeout` by its [`ErrorType`] counts as a time-out.
    ///
    /// # Errors
    /// Those of `future`.
    pub async fn acquire<T, E: ErrorType>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.pending.inc();
        let pending = Pending(&self.pending);
        let started = Instant::now();
        let outcome = future.await;
        drop(pending);
        self.waits.observe(started.elapsed().as_secs_f64());
        if let Err(error) = &outcome
            && error.error_type() == "pool_timeout"
        {
            self.timeouts.inc();
        }
        outcome
    }
}
