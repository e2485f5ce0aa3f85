//! Profiles as Pyroscope receives them: its push service, and the older `/ingest`.

mod ingest;

use actix_web::web::{Data, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use wire::pprof;

use super::{Intake, Outcome, Refusal, http, line};
use crate::store::spans::UNKNOWN_SERVICE;
use crate::store::stacks::NewProfile;
use crate::store::{Labels, Signal, id};

/// Functions of one stack that are kept, from the outermost.
const DEEPEST: usize = 512;
/// Bytes of the name of a function that are kept.
const LONGEST_NAME: usize = 1024;

pub(super) fn mount(app: &mut ServiceConfig) {
    app.service(resource("/push.v1.PusherService/Push").post(push))
        .service(resource("/ingest").post(ingest::ingest));
}

async fn push(request: HttpRequest, intake: Data<Intake>, body: http::Received) -> HttpResponse {
    let body = match http::body(&request, &intake, Signal::Profiles, body) {
        Ok(body) => body,
        Err(refusal) => return http::answer(&refusal),
    };
    let media = http::media(&request);
    if media != "application/proto" {
        let reason = format!(
            "Content-Type {media:?} is not read here: send application/proto, as the SDKs do"
        );
        return http::answer(&intake.refuse(Signal::Profiles, Refusal::Unsupported(reason)));
    }
    match intake.profiles(&body) {
        Ok(outcome) if outcome.taken == 0 && outcome.refused > 0 => {
            http::answer(&Refusal::Malformed(outcome.reason))
        }
        Ok(_) => HttpResponse::Ok()
            .content_type("application/proto")
            .finish(),
        Err(refusal) => http::answer(&refusal),
    }
}

impl Intake {
    /// Takes a request of Pyroscope's push service.
    ///
    /// # Errors
    /// [`Refusal`], if nothing of it was taken.
    pub fn profiles(&self, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Profiles)?;
        let pushes = wire::push::decode_raw(body);
        let pushes = pushes.map_err(|error| self.malformed(Signal::Profiles, &error))?;
        let mut outcome = Outcome::default();
        for push in pushes {
            match self.pprof(&push.labels, &push.profile) {
                Ok(samples) => outcome.taken += samples,
                Err(error) => self.invalid(Signal::Profiles, &error, &mut outcome),
            }
        }
        self.count(Signal::Profiles, &outcome);
        Ok(outcome)
    }

    /// Takes a profile of a series; how many samples it had.
    fn pprof(&self, labels: &Labels, profile: &[u8]) -> Result<u64, pprof::Error> {
        let stacks = pprof::stacks(profile, self.push_bytes())?;
        let name = labels.get("__name__").map_or("profile", String::as_str);
        let start = u64::try_from(stacks.unix_nanos())
            .ok()
            .filter(|start| *start != 0);
        let duration = u64::try_from(stacks.duration_nanos()).unwrap_or(0);
        let mut samples = 0;
        for (at, of) in stacks.types.iter().enumerate() {
            let new = NewProfile {
                service: service(labels),
                kind: &format!("{name}:{}", of.name),
                unit: &of.unit,
                labels: &shown(labels),
                start: start.unwrap_or_else(|| line::now().saturating_sub(duration)),
                duration,
            };
            self.store.stacks.lock().push(&new, |segment| {
                for sample in stacks.samples() {
                    let span = sample
                        .label("span_id")
                        .or_else(|| sample.label("profile_id"));
                    let span = span.and_then(id::span).unwrap_or(0);
                    let value = sample.values()[at];
                    if value != 0 {
                        segment.sample(frames(sample.functions()), span, value);
                        samples += 1;
                    }
                }
            });
        }
        Ok(samples)
    }
}

/// Names of a bounded length, of a bounded number of functions.
fn frames<'a>(functions: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    functions.take(DEEPEST).map(|name| {
        let mut end = name.len().min(LONGEST_NAME);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        &name[..end]
    })
}

fn service(labels: &Labels) -> &str {
    labels
        .get("service_name")
        .map_or(UNKNOWN_SERVICE, String::as_str)
}

/// The labels that tell a person something.
fn shown(labels: &Labels) -> Labels {
    let shown = labels
        .iter()
        .filter(|(name, _)| !name.starts_with("__") && *name != "service_name");
    shown
        .take(64)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
