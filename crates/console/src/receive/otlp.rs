//! OTLP over HTTP: protobuf and JSON, gzip or plain.

use actix_web::web::{Data, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use prost::Message;
use wire::otlp::{self, Signal};

use super::{Intake, Outcome, Refusal, http};
use crate::store;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

pub(super) fn mount(app: &mut ServiceConfig) {
    for (path, signal) in [
        ("/v1/traces", Signal::Traces),
        ("/v1/logs", Signal::Logs),
        ("/v1/metrics", Signal::Metrics),
    ] {
        app.service(resource(path).post(
            move |request: HttpRequest, intake: Data<Intake>, body: http::Received| async move {
                take(signal, &request, &intake, body)
            },
        ));
    }
}

fn take(
    signal: Signal,
    request: &HttpRequest,
    intake: &Intake,
    body: http::Received,
) -> HttpResponse {
    let body = match http::body(request, intake, kept(signal), body) {
        Ok(body) => body,
        Err(refusal) => return http::answer(&refusal),
    };
    let is_json = match http::media(request).as_str() {
        PROTOBUF => false,
        JSON => true,
        other => {
            let reason =
                format!("Content-Type {other:?} is not read here: send {PROTOBUF} or {JSON}");
            return http::answer(&intake.refuse(kept(signal), Refusal::Unsupported(reason)));
        }
    };
    let outcome = match is_json {
        true => intake.otlp_json(signal, &body),
        false => intake.otlp(signal, &body),
    };
    match outcome {
        Ok(outcome) if is_json => HttpResponse::Ok().json(json(signal, &outcome)),
        Ok(outcome) => HttpResponse::Ok()
            .content_type(PROTOBUF)
            .body(answer(&outcome)),
        Err(refusal) => http::answer(&refusal),
    }
}

impl Intake {
    /// Takes the JSON form of an OTLP export request.
    ///
    /// # Errors
    /// [`Refusal`], if nothing of it was taken.
    pub fn otlp_json(&self, signal: Signal, body: &[u8]) -> Result<Outcome, Refusal> {
        let protobuf = otlp::from_json(signal, body);
        let protobuf = protobuf.map_err(|error| self.malformed(kept(signal), &error))?;
        self.otlp(signal, &protobuf)
    }
}

/// What the store calls a signal of OTLP.
pub(super) fn kept(signal: Signal) -> store::Signal {
    match signal {
        Signal::Traces => store::Signal::Traces,
        Signal::Logs => store::Signal::Logs,
        Signal::Metrics => store::Signal::Metrics,
    }
}

/// The one shape of all three answers of OTLP.
#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    message: String,
}

/// The protobuf answer to a push of which something was taken.
pub(super) fn answer(outcome: &Outcome) -> Vec<u8> {
    let partial_success = (outcome.refused != 0).then(|| PartialSuccess {
        rejected: i64::try_from(outcome.refused).unwrap_or(i64::MAX),
        message: outcome.reason.clone(),
    });
    Answer { partial_success }.encode_to_vec()
}

fn json(signal: Signal, outcome: &Outcome) -> serde_json::Value {
    if outcome.refused == 0 {
        return serde_json::json!({});
    }
    let rejected = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    let refused = outcome.refused.to_string();
    serde_json::json!({"partialSuccess": {rejected: refused, "errorMessage": outcome.reason}})
}
