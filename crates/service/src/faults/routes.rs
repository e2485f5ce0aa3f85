//! The switchboard over HTTP.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};

use super::{Fault, Switch, Switchboard};
use crate::body::JsonBody;
use crate::problem::{FieldError, Problem};

/// How long a fault may stay on.
const MAX_SECONDS: u64 = 3_600;

#[derive(Serialize)]
pub(super) struct Listed {
    fault: &'static str,
    meaning: &'static str,
    max: u64,
    value: Option<u64>,
    seconds_left: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    value: u64,
    seconds: u64,
}

/// `GET /faults`
pub(super) async fn list(switchboard: Data<Switchboard>) -> Json<Vec<Listed>> {
    let on = switchboard.on();
    let now = Instant::now();
    let faults = switchboard.inner.faults.iter().map(|fault| {
        let switch = on.switches.get(fault.name);
        Listed {
            fault: fault.name,
            meaning: fault.meaning,
            max: fault.max,
            value: switch.map(|switch| switch.value),
            seconds_left: switch
                .map(|switch| switch.until.saturating_duration_since(now).as_secs()),
        }
    });
    Json(faults.collect())
}

/// `PUT /faults/{name}`
pub(super) async fn switch_on(
    switchboard: Data<Switchboard>,
    name: Path<String>,
    body: JsonBody<Wanted>,
) -> Result<HttpResponse, Problem> {
    let fault = known(&switchboard, &name)?;
    let Wanted { value, seconds } = body.value;
    in_range("value", value, fault.max)?;
    in_range("seconds", seconds, MAX_SECONDS)?;
    let until = Instant::now() + Duration::from_secs(seconds);
    switchboard.set(fault.name, Some(Switch { value, until }));
    tracing::warn!(fault = fault.name, value, seconds, "fault switched on");
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /faults/{name}`
pub(super) async fn switch_off(
    switchboard: Data<Switchboard>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let fault = known(&switchboard, &name)?;
    switchboard.set(fault.name, None);
    tracing::warn!(fault = fault.name, "fault switched off");
    Ok(HttpResponse::NoContent().finish())
}

fn known(switchboard: &Switchboard, name: &str) -> Result<Fault, Problem> {
    let fault = switchboard.find(name);
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
