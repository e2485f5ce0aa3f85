//! Lines as Loki receives them: JSON, or protobuf in a snappy block.

use actix_web::web::{Data, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use wire::loki::Stream;

use super::{Intake, Outcome, Refusal, http, line};
use crate::store::Signal;

pub(super) fn mount(app: &mut ServiceConfig) {
    app.service(resource("/loki/api/v1/push").post(push));
}

async fn push(request: HttpRequest, intake: Data<Intake>, body: http::Received) -> HttpResponse {
    let body = match http::body(&request, &intake, Signal::Logs, body) {
        Ok(body) => body,
        Err(refusal) => return http::answer(&refusal),
    };
    let outcome = match http::media(&request).as_str() {
        "application/json" => intake.loki_json(&body),
        // The type that clients of Loki leave out means protobuf.
        "application/x-protobuf" | "" => intake.loki(&body),
        other => {
            let reason = format!(
                "Content-Type {other:?} is not read here: send application/json or application/x-protobuf"
            );
            Err(intake.refuse(Signal::Logs, Refusal::Unsupported(reason)))
        }
    };
    match outcome {
        Ok(_) => HttpResponse::NoContent().finish(),
        Err(refusal) => http::answer(&refusal),
    }
}

impl Intake {
    /// Takes a push of Loki's clients as protobuf in a snappy block.
    ///
    /// # Errors
    /// [`Refusal`], if nothing of it was taken.
    pub fn loki(&self, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Logs)?;
        let streams = wire::loki::decode(body, self.push_bytes());
        let streams = streams.map_err(|error| self.malformed(Signal::Logs, &error))?;
        Ok(self.streams(&streams))
    }

    /// Takes a push of Loki's clients as JSON.
    ///
    /// # Errors
    /// [`Refusal`], if nothing of it was taken.
    pub fn loki_json(&self, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Logs)?;
        let streams = wire::loki::decode_json(body);
        let streams = streams.map_err(|error| self.malformed(Signal::Logs, &error))?;
        Ok(self.streams(&streams))
    }

    fn streams(&self, streams: &[Stream]) -> Outcome {
        let mut outcome = Outcome::default();
        for stream in streams {
            for entry in &stream.entries {
                let beside = stream.labels.iter().chain(&entry.metadata);
                let beside = beside.map(|(key, value)| (key.as_str(), value.as_str()));
                line::push_text(&self.store, &entry.line, Some(entry.unix_nanos), beside);
                outcome.taken += 1;
            }
        }
        self.count(Signal::Logs, &outcome);
        outcome
    }
}
