//! Endpoints that misbehave on purpose, and the pace of a busy shop; there only with `QUARTET_DEMO=on`.

use std::ops::RangeInclusive;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Json;
use rand::Rng;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use service::{FieldError, Problem, Query};
use utoipa::{IntoParams, ToSchema};

/// How long answers take when they pretend to have much to do, in milliseconds.
const PACE: [(Method, &str, RangeInclusive<u64>); 10] = [
    (Method::GET, "/api/items", 10..=100),
    (Method::GET, "/api/items/{id}", 5..=50),
    (Method::POST, "/api/items", 20..=150),
    (Method::PUT, "/api/items/{id}", 10..=100),
    (Method::PATCH, "/api/items/{id}", 10..=80),
    (Method::DELETE, "/api/items/{id}", 5..=50),
    (Method::GET, "/api/orders", 10..=70),
    (Method::POST, "/api/orders", 50..=300),
    (Method::GET, "/api/orders/{id}", 10..=70),
    (Method::DELETE, "/api/orders/{id}", 20..=100),
];

/// Waits as long as the pace of the route asks for.
pub(crate) async fn delay<B: MessageBody>(
    on: bool,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if on && let Some(pace) = pace(&request) {
        sleep_within(pace).await;
    }
    next.call(request).await
}

fn pace(request: &ServiceRequest) -> Option<RangeInclusive<u64>> {
    let pattern = request.match_pattern()?;
    let entry = PACE
        .into_iter()
        .find(|(method, route, _)| method == request.method() && *route == pattern);
    entry.map(|(_, _, pace)| pace)
}

async fn sleep_within(millis: RangeInclusive<u64>) -> Duration {
    let delay = Duration::from_millis(rand::rng().random_range(millis));
    tokio::time::sleep(delay).await;
    delay
}

/// How long an answer was held back.
#[derive(Serialize, ToSchema)]
pub(crate) struct Delayed {
    /// In milliseconds.
    delay_ms: u64,
}

impl From<Duration> for Delayed {
    fn from(delay: Duration) -> Self {
        Self {
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Answers after 0.5 to 3 seconds.
#[utoipa::path(get, path = "/api/slow", tag = "faults", responses((status = 200, body = Delayed)))]
pub(crate) async fn slow() -> Json<Delayed> {
    Json(sleep_within(500..=3_000).await.into())
}

/// Answers after 3 to 8 seconds.
#[utoipa::path(get, path = "/api/very-slow", tag = "faults", responses((status = 200, body = Delayed)))]
pub(crate) async fn very_slow() -> Json<Delayed> {
    Json(sleep_within(3_000..=8_000).await.into())
}

/// How much CPU time to burn.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CpuQuery {
    /// In milliseconds, 20 by default.
    #[param(minimum = 1, maximum = 1000)]
    ms: Option<u64>,
}

/// What was burnt.
#[derive(Serialize, ToSchema)]
pub(crate) struct Burnt {
    /// In milliseconds, as asked for.
    ms: u64,
    /// How many random numbers were drawn meanwhile.
    rounds: u64,
}

/// Burns CPU time where the request is served, so that a profile shows whose it was.
#[utoipa::path(get, path = "/api/cpu", tag = "faults", params(CpuQuery), responses((status = 200, body = Burnt)))]
pub(crate) async fn cpu(Query(query): Query<CpuQuery>) -> Result<Json<Burnt>, Problem> {
    let ms = query.ms.unwrap_or(20);
    if !(1..=1_000).contains(&ms) {
        return Err(Problem::invalid_parameter(FieldError::new(
            "ms",
            "out_of_range",
            "must be from 1 to 1000",
        )));
    }
    Ok(Json(Burnt {
        ms,
        rounds: burn(Duration::from_millis(ms)),
    }))
}

/// Draws random numbers for `time` of this thread's CPU; has a frame of its own in profiles.
#[inline(never)]
pub(crate) fn burn(time: Duration) -> u64 {
    const ROUNDS: u64 = 50_000;
    let end = cpu_time() + time;
    let (mut rounds, mut drawn) = (0, 1_u64);
    while cpu_time() < end {
        // Calls nothing, also where nothing is inlined: a sample at the very start of a function misses its caller.
        let mut left = ROUNDS;
        while left != 0 {
            drawn ^= drawn << 13;
            drawn ^= drawn >> 7;
            drawn ^= drawn << 17;
            left -= 1;
        }
        std::hint::black_box(drawn);
        rounds += ROUNDS;
    }
    rounds
}

fn cpu_time() -> Duration {
    // The kernel's clock of a thread is never negative.
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .unwrap_or_default()
}

/// Answers 400.
#[utoipa::path(get, path = "/api/bad-request", tag = "faults", responses((status = 400, description = "always")))]
pub(crate) async fn bad_request() -> Result<Json<Delayed>, Problem> {
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "bad_request",
        "this endpoint refuses every request",
    ))
}

/// Answers 500.
#[utoipa::path(get, path = "/api/server-error", tag = "faults", responses((status = 500, description = "always")))]
pub(crate) async fn server_error() -> Result<Json<Delayed>, Problem> {
    tracing::error!("failing on purpose");
    Err(Problem::internal())
}

/// Panics.
#[utoipa::path(get, path = "/api/exception", tag = "faults", responses((status = 500, description = "always")))]
#[expect(
    clippy::panic,
    reason = "what a panic looks like is what this endpoint shows"
)]
pub(crate) async fn exception() -> Json<Delayed> {
    panic!("panicking on purpose");
}

/// Answers well in 60 % of cases, 400 in 15 %, 500 in 15 %, and late in 10 %.
#[utoipa::path(
    get,
    path = "/api/random",
    tag = "faults",
    responses((status = 200, body = Delayed), (status = 400, description = "sometimes"), (status = 500, description = "sometimes"))
)]
pub(crate) async fn random() -> Result<Json<Delayed>, Problem> {
    let delay = sleep_within(10..=500).await;
    match rand::rng().random_range(0..100) {
        0..60 => Ok(Json(delay.into())),
        60..75 => bad_request().await,
        75..90 => server_error().await,
        _ => Ok(Json((delay + sleep_within(1_000..=4_000).await).into())),
    }
}
