//! The switchboard of game days: faults that an operator switches on for a while, bounded in size and time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Data, Json, Path, ServiceConfig, resource};
use actix_web::{Error, HttpResponse};
use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use rand::Rng;
use serde::{Deserialize, Serialize};
use service::{FieldError, JsonBody, Problem};
use storage::Store;
use telemetry::Metrics;

use crate::demo::burn;

/// How long a fault may stay on.
const MAX_SECONDS: u64 = 3_600;
/// What all leaks together may hold.
const MAX_LEAKED_BYTES: usize = 256 << 20;

/// What can be switched on, with the unit and the largest value of each.
const FAULTS: [(&str, &str, u64); 5] = [
    ("latency", "milliseconds added to each request", 10_000),
    ("errors", "percent of requests that fail", 100),
    ("cpu", "milliseconds of CPU time burnt per request", 1_000),
    ("leak", "bytes kept per request", 1 << 20),
    (
        "slow-queries",
        "milliseconds added to each call of the database",
        2_000,
    ),
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Name {
    fault: &'static str,
}

/// The faults that are on, shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Switchboard {
    state: Arc<Mutex<State>>,
    store: Store,
    active: Family<Name, Gauge>,
}

#[derive(Debug, Default)]
struct State {
    faults: BTreeMap<&'static str, Fault>,
    leaked: Vec<Vec<u8>>,
    leaked_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    value: u64,
    until: Instant,
}

/// The URLs of the switchboard on the operations server.
pub(crate) fn mount(app: &mut ServiceConfig) {
    app.service(resource("/faults").get(list))
        .service(resource("/faults/{name}").put(switch_on).delete(switch_off));
}

impl Switchboard {
    pub(crate) fn register(store: &Store, metrics: &Metrics) -> Self {
        let switchboard = Self {
            state: Arc::default(),
            store: store.clone(),
            active: Family::default(),
        };
        for (fault, _, _) in FAULTS {
            switchboard
                .active
                .get_or_create_owned(&Name { fault })
                .set(0);
        }
        metrics.register(
            "fault_active",
            "Faults that an operator has switched on",
            switchboard.active.clone(),
        );
        switchboard
    }

    /// The value of each fault that is on; those whose time is up go off here.
    fn on(&self) -> BTreeMap<&'static str, Fault> {
        let mut state = self.state.lock();
        let now = Instant::now();
        state.faults.retain(|fault, on| {
            let stays = now < on.until;
            if !stays {
                self.show(fault, 0);
            }
            stays
        });
        if !state.faults.contains_key("leak") {
            state.leaked = Vec::new();
            state.leaked_bytes = 0;
        }
        let slow = state
            .faults
            .get("slow-queries")
            .map_or(0, |fault| fault.value);
        self.store.slow_down(Duration::from_millis(slow));
        state.faults.clone()
    }

    fn show(&self, fault: &'static str, on: i64) {
        self.active.get_or_create_owned(&Name { fault }).set(on);
    }

    fn leak(&self, bytes: u64) {
        let mut state = self.state.lock();
        let bytes = usize::try_from(bytes).unwrap_or(0);
        if state.leaked_bytes + bytes <= MAX_LEAKED_BYTES {
            state.leaked_bytes += bytes;
            // Zeroes would not be resident.
            state.leaked.push(vec![1; bytes]);
        }
    }
}

/// Does to a request what is switched on.
pub(crate) async fn inflict<B: MessageBody>(
    switchboard: Switchboard,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let on = switchboard.on();
    let value = |fault| on.get(fault).map(|fault: &Fault| fault.value);
    if let Some(millis) = value("latency") {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    if let Some(millis) = value("cpu") {
        burn(Duration::from_millis(millis));
    }
    if let Some(bytes) = value("leak") {
        switchboard.leak(bytes);
    }
    if let Some(percent) = value("errors")
        && rand::rng().random_range(0..100) < percent
    {
        tracing::error!("failing because the fault `errors` is switched on");
        return Err(Problem::internal().error_type("fault").into());
    }
    next.call(request).await
}

#[derive(Serialize)]
struct Listed {
    fault: &'static str,
    meaning: &'static str,
    max: u64,
    value: Option<u64>,
    seconds_left: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    value: u64,
    seconds: u64,
}

/// `GET /faults`
async fn list(switchboard: Data<Switchboard>) -> Json<Vec<Listed>> {
    let on = switchboard.on();
    let now = Instant::now();
    let faults = FAULTS.map(|(fault, meaning, max)| {
        let on = on.get(fault);
        Listed {
            fault,
            meaning,
            max,
            value: on.map(|on| on.value),
            seconds_left: on.map(|on| on.until.saturating_duration_since(now).as_secs()),
        }
    });
    Json(faults.into())
}

/// `PUT /faults/{name}`
async fn switch_on(
    switchboard: Data<Switchboard>,
    name: Path<String>,
    body: JsonBody<Switch>,
) -> Result<HttpResponse, Problem> {
    let (fault, _, max) = known(&name)?;
    let Switch { value, seconds } = body.value;
    in_range("value", value, max)?;
    in_range("seconds", seconds, MAX_SECONDS)?;
    let until = Instant::now() + Duration::from_secs(seconds);
    switchboard
        .state
        .lock()
        .faults
        .insert(fault, Fault { value, until });
    switchboard.show(fault, 1);
    tracing::warn!(fault, value, seconds, "fault switched on");
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /faults/{name}`
async fn switch_off(
    switchboard: Data<Switchboard>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (fault, _, _) = known(&name)?;
    switchboard.state.lock().faults.remove(fault);
    switchboard.show(fault, 0);
    switchboard.on();
    tracing::warn!(fault, "fault switched off");
    Ok(HttpResponse::NoContent().finish())
}

fn known(name: &str) -> Result<(&'static str, &'static str, u64), Problem> {
    let fault = FAULTS.into_iter().find(|(fault, _, _)| *fault == name);
    fault.ok_or_else(|| Problem::not_found("no such fault; GET /faults lists them"))
}

fn in_range(field: &str, value: u64, max: u64) -> Result<(), Problem> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    let reason = format!("must be from 1 to {max}");
    Err(Problem::invalid_body(FieldError::new(
        field,
        "out_of_range",
        &reason,
    )))
}
