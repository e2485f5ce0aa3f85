//! `/ingest`: one profile, whose series stands in the address.

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::once;

use super::{frames, service, shown};
use crate::questions::Params;
use crate::receive::{Intake, Outcome, Refusal, http, line};
use crate::store::stacks::NewProfile;
use crate::store::{Labels, Signal};

/// `POST /ingest?name=api.cpu{region=eu}&from=…&until=…&format=folded`
pub(super) async fn ingest(
    request: HttpRequest,
    intake: Data<Intake>,
    body: http::Received,
) -> HttpResponse {
    let body = match http::body(&request, &intake, Signal::Profiles, body) {
        Ok(body) => body,
        Err(refusal) => return http::answer(&refusal),
    };
    let content_type = http::header(&request, header::CONTENT_TYPE);
    let outcome = intake.ingest(request.query_string(), content_type, body);
    match outcome.await {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(refusal) => http::answer(&refusal),
    }
}

/// The profile among the fields of a form.
async fn part(content_type: &str, body: Bytes) -> Result<Bytes, Refusal> {
    let malformed = |error: multer::Error| Refusal::Malformed(error.to_string());
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let body = once(std::future::ready(Ok::<_, multer::Error>(body)));
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        if field.name() == Some("profile") {
            return field.bytes().await.map_err(malformed);
        }
    }
    Err(Refusal::Malformed(
        "the form has no field `profile`".to_owned(),
    ))
}

impl Intake {
    /// Takes a profile whose series stands in the query of the address, as it is or in a form.
    ///
    /// # Errors
    /// [`Refusal`], if nothing of it was taken.
    pub async fn ingest(
        &self,
        query: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Outcome, Refusal> {
        let refuse = |refusal| self.refuse(Signal::Profiles, refusal);
        let params = Params::parse(query);
        let profile = match http::essence(content_type).as_str() {
            "multipart/form-data" => part(content_type, body).await.map_err(refuse)?,
            _ => body,
        };
        match params.first("format").unwrap_or("folded") {
            "pprof" => self.ingest_pprof(&params, &profile),
            "folded" => self.ingest_folded(&params, &profile),
            other => Err(refuse(Refusal::Unsupported(format!(
                "format={other} is not read here: send format=pprof or format=folded, \
                 or push pprof to /push.v1.PusherService/Push"
            )))),
        }
    }

    /// Takes a pprof whose series stands in the address.
    fn ingest_pprof(&self, params: &Params, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Profiles)?;
        let labels = series(params).map_err(|refusal| self.refuse(Signal::Profiles, refusal))?;
        let samples = self.pprof(&labels, body);
        let samples = samples.map_err(|error| self.malformed(Signal::Profiles, &error))?;
        let outcome = Outcome {
            taken: samples,
            ..Outcome::default()
        };
        self.count(Signal::Profiles, &outcome);
        Ok(outcome)
    }

    /// Takes folded stacks whose series stands in the address.
    pub(crate) fn ingest_folded(&self, params: &Params, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Profiles)?;
        let text = std::str::from_utf8(body);
        let text = text.map_err(|error| self.malformed(Signal::Profiles, &error))?;
        let stacks = wire::folded::parse(text);
        let stacks = stacks.map_err(|error| self.malformed(Signal::Profiles, &error))?;
        let labels = series(params).map_err(|refusal| self.refuse(Signal::Profiles, refusal))?;
        let rate: i64 = number(params, "sampleRate")
            .filter(|rate| *rate > 0)
            .unwrap_or(100);
        let until = number(params, "until")
            .and_then(unix_nanos)
            .unwrap_or_else(line::now);
        let from = number(params, "from").and_then(unix_nanos).unwrap_or(until);
        let name = labels.get("__name__").map_or("process_cpu", String::as_str);
        let is_cpu = name == "process_cpu";
        let (kind, unit) = match is_cpu {
            true => ("process_cpu:cpu".to_owned(), "nanoseconds"),
            false => (format!("{name}:samples"), "count"),
        };
        let new = NewProfile {
            service: service(&labels),
            kind: &kind,
            unit,
            labels: &shown(&labels),
            start: from,
            duration: until.saturating_sub(from),
        };
        let mut taken = 0;
        self.store.stacks.lock().push(&new, |segment| {
            for stack in &stacks {
                let value = match is_cpu {
                    true => stack.value.saturating_mul(1_000_000_000 / rate),
                    false => stack.value,
                };
                segment.sample(frames(stack.frames.iter().rev().copied()), 0, value);
                taken += 1;
            }
        });
        let outcome = Outcome {
            taken,
            ..Outcome::default()
        };
        self.count(Signal::Profiles, &outcome);
        Ok(outcome)
    }
}

/// `api.cpu{region=eu}`: the service, the kind of profile behind its last dot, and labels.
fn series(params: &Params) -> Result<Labels, Refusal> {
    let wrong =
        || Refusal::Malformed("name is not written as service.kind{label=value}".to_owned());
    let name = params.first("name").ok_or_else(wrong)?;
    let (name, labels) = match name.split_once('{') {
        Some((name, rest)) => (name, rest.strip_suffix('}').ok_or_else(wrong)?),
        None => (name, ""),
    };
    let (service, kind) = name.rsplit_once('.').unwrap_or((name, "cpu"));
    let kind = match kind {
        "cpu" | "itimer" | "wall" => "process_cpu",
        kind => kind,
    };
    let mut series = Labels::new();
    for pair in labels.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (label, value) = pair.split_once('=').ok_or_else(wrong)?;
        let value = value.trim().trim_matches('"');
        series.insert(label.trim().to_owned(), value.to_owned());
    }
    series
        .entry("service_name".to_owned())
        .or_insert(service.to_owned());
    series.insert("__name__".to_owned(), kind.to_owned());
    Ok(series)
}

fn number(params: &Params, name: &str) -> Option<i64> {
    params.first(name)?.parse().ok()
}

/// Senders write seconds, milliseconds, microseconds or nanoseconds since 1970; their size tells which.
fn unix_nanos(time: i64) -> Option<u64> {
    let time = u64::try_from(time).ok()?;
    let unit = match time {
        ..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    time.checked_mul(unit)
}
