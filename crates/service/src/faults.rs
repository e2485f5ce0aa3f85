//! The switchboard of game days: faults that an operator switches on for a while, bounded in size and time.
//!
//! A service names its faults, asks which are on, and does them itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{Data, ServiceConfig, resource};
use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use rand::Rng;
use telemetry::Metrics;

mod routes;

/// What can be switched on.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name in URLs and in the label `fault`.
    pub name: &'static str,
    /// What its value means, with the unit.
    pub meaning: &'static str,
    /// The largest value; the smallest is 1.
    pub max: u64,
}

/// The faults of one service, shared by all that do them.
#[derive(Clone)]
pub struct Switchboard {
    inner: Arc<Inner>,
}

struct Inner {
    faults: &'static [Fault],
    on: Mutex<On>,
    changed: Box<dyn Fn(&On) + Send + Sync>,
}

/// What is switched on at one moment.
#[derive(Clone, Debug, Default)]
pub struct On {
    switches: BTreeMap<&'static str, Switch>,
}

#[derive(Clone, Copy, Debug)]
struct Switch {
    value: u64,
    until: Instant,
}

impl On {
    /// The value of `fault`, if it is on.
    pub fn value(&self, fault: &str) -> Option<u64> {
        self.switches.get(fault).map(|switch| switch.value)
    }

    /// The value of `fault` in milliseconds, if it is on.
    pub fn millis(&self, fault: &str) -> Option<Duration> {
        self.value(fault).map(Duration::from_millis)
    }

    /// Whether `fault`, whose value is in percent, strikes this time.
    pub fn strikes(&self, fault: &str) -> bool {
        self.value(fault)
            .is_some_and(|percent| rand::rng().random_range(0..100) < percent)
    }
}

impl Switchboard {
    /// Everything off. Call it once per process: it registers the metric family.
    ///
    /// `changed` is told what is on whenever that is not what it was; it must be quick.
    pub fn register(
        faults: &'static [Fault],
        metrics: &Metrics,
        changed: impl Fn(&On) + Send + Sync + 'static,
    ) -> Self {
        let switchboard = Self {
            inner: Arc::new(Inner {
                faults,
                on: Mutex::default(),
                changed: Box::new(changed),
            }),
        };
        metrics.collect(switchboard.clone());
        switchboard
    }

    /// Adds the URLs of the switchboard: `GET /faults`, `PUT` and `DELETE /faults/{name}`.
    pub fn mount(&self, app: &mut ServiceConfig) {
        app.app_data(Data::new(self.clone()))
            .service(resource("/faults").get(routes::list))
            .service(
                resource("/faults/{name}")
                    .put(routes::switch_on)
                    .delete(routes::switch_off),
            );
    }

    /// What is on; what has had its time goes off here, or at the next scrape.
    pub fn on(&self) -> On {
        let mut on = self.inner.on.lock();
        if !on.switches.is_empty() {
            let before = on.switches.len();
            let now = Instant::now();
            on.switches.retain(|_, switch| now < switch.until);
            if on.switches.len() < before {
                (self.inner.changed)(&on);
            }
        }
        on.clone()
    }

    /// Switches `fault` on, or off without a switch.
    fn set(&self, fault: &'static str, switch: Option<Switch>) {
        let mut on = self.inner.on.lock();
        match switch {
            Some(switch) => on.switches.insert(fault, switch),
            None => on.switches.remove(fault),
        };
        // Still locked, so that two changes are told in their order.
        (self.inner.changed)(&on);
    }

    fn find(&self, name: &str) -> Option<Fault> {
        let mut faults = self.inner.faults.iter();
        faults.find(|fault| fault.name == name).copied()
    }
}

impl fmt::Debug for Switchboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switchboard")
            .field("faults", &self.inner.faults)
            .field("on", &self.inner.on.lock())
            .finish_non_exhaustive()
    }
}

impl Collector for Switchboard {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let on = self.on();
        let mut family = encoder.encode_descriptor(
            "fault_active",
            "Faults that an operator has switched on",
            None,
            MetricType::Gauge,
        )?;
        for fault in self.inner.faults {
            let active = i64::from(on.value(fault.name).is_some());
            family
                .encode_family(&[("fault", fault.name)])?
                .encode_gauge(&active)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use telemetry::Metrics;

    use super::{Fault, Switch, Switchboard};

    const FAULTS: &[Fault] = &[Fault {
        name: "errors",
        meaning: "percent of jobs that fail",
        max: 100,
    }];

    fn switch(value: u64, lasts: Duration) -> Option<Switch> {
        Some(Switch {
            value,
            until: Instant::now() + lasts,
        })
    }

    #[test]
    fn what_is_on_is_told_asked_for_and_shown() {
        let metrics = Metrics::default();
        let told = Arc::new(AtomicU64::new(0));
        let teller = told.clone();
        let switchboard = Switchboard::register(FAULTS, &metrics, move |on| {
            teller.store(on.value("errors").unwrap_or(0), Ordering::Relaxed);
        });
        let shown = || metrics.expose("text/plain").unwrap().body;

        assert!(shown().contains("fault_active{fault=\"errors\"} 0"));
        assert!(!switchboard.on().strikes("errors"));
        switchboard.set("errors", switch(100, Duration::from_secs(60)));
        assert_eq!(told.load(Ordering::Relaxed), 100);
        assert!(switchboard.on().strikes("errors"));
        assert!(shown().contains("fault_active{fault=\"errors\"} 1"));
        switchboard.set("errors", None);
        assert_eq!(told.load(Ordering::Relaxed), 0);
        assert!(shown().contains("fault_active{fault=\"errors\"} 0"));
    }

    #[test]
    fn a_scrape_ends_what_has_had_its_time() {
        let metrics = Metrics::default();
        let changes = Arc::new(AtomicU64::new(0));
        let counter = changes.clone();
        let switchboard = Switchboard::register(FAULTS, &metrics, move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });

        switchboard.set("errors", switch(100, Duration::ZERO));
        let shown = metrics.expose("text/plain").unwrap().body;

        assert!(shown.contains("fault_active{fault=\"errors\"} 0"));
        assert_eq!(changes.load(Ordering::Relaxed), 2);
    }
}
