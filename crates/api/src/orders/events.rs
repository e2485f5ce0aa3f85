//! `/api/orders/{id}/events`: what happened to an order, and a wait for what happens next.

use std::time::Duration;

use actix_web::web::{Data, Json, Path};
use domain::{OrderEvent, OrderId};
use serde::{Deserialize, Serialize};
use service::{Draining, FieldError, Problem, Query};
use storage::Store;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};
use utoipa::{IntoParams, ToSchema};

use crate::problems;

/// The longest wait, in seconds.
const MAX_WAIT: i64 = 30;
/// The most events of one answer.
const MAX_EVENTS: u32 = 100;
/// How often a waiter looks though nobody wakes it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// What lies between two looks of one waiter at least, however many events wake it.
const BREATH: Duration = Duration::from_millis(100);

/// From where on, and whether to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// The `seq` of the last event that is known; 0, the default, is before the first.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How long to wait for an event if there is none yet, in seconds; not at all by default.
    #[param(minimum = 0, maximum = 30)]
    wait: Option<i64>,
}

/// What happened to an order, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventsBody {
    /// The events after the one that was known; none if nothing happened in time.
    #[schema(value_type = Vec<EventBody>)]
    events: Vec<contracts::OrderEvent>,
}

/// One change of an order's status.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the shape of what contracts publishes, for the document only"
)]
pub(crate) struct EventBody {
    /// Its place among all events; a later event has a higher number, gaps mean nothing.
    #[schema(minimum = 1, example = 7)]
    seq: i64,
    /// Whose status changed.
    #[schema(minimum = 1, example = 42)]
    order_id: i64,
    /// The status from then on: `pending`, `processing`, `done`, `cancelled` or `failed`.
    #[schema(example = "done")]
    status: String,
    /// When, in milliseconds since 1970.
    at_ms: i64,
}

/// How many requests may wait at once.
#[derive(Debug)]
pub(crate) struct Waiters {
    places: Semaphore,
}

impl Waiters {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            places: Semaphore::new(max),
        }
    }

    fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.places.try_acquire().map_err(|_| {
            Problem::unavailable(
                "too_many_waiters",
                "more requests wait for events than can be served well",
            )
            .error_type("too_many_waiters")
        })
    }
}

/// Tells what happened to an order, at once if something did, else once it does or the wait is over.
#[utoipa::path(
    get,
    path = "/api/orders/{id}/events",
    tag = "orders",
    params(("id" = i64, Path, minimum = 1, description = "the number of the order"), EventsQuery),
    responses((status = 200, body = EventsBody))
)]
pub(crate) async fn events(
    store: Data<Store>,
    waiters: Data<Waiters>,
    draining: Data<Draining>,
    id: Path<String>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<EventsBody>, Problem> {
    let order = problems::path_id(&id, OrderId::parse)?;
    let after = in_range("after", query.after, i64::MAX)?;
    let wait = Duration::from_secs(in_range("wait", query.wait, MAX_WAIT)?.unsigned_abs());

    // Before the first look, so that nothing falls between a look and the wait after it.
    let changes = store.changes();
    let mut events = look(&store, order, after).await?;
    if events.is_empty() {
        let known = store.find_order(order).await.map_err(problems::store)?;
        known.ok_or_else(|| Problem::not_found(format!("order {} not found", order.get())))?;
    }
    if events.is_empty() && !wait.is_zero() {
        let _place = waiters.enter()?;
        let deadline = Instant::now() + wait;
        events = next(&store, changes, (order, after), deadline, &draining).await?;
    }
    Ok(Json(events.into()))
}

/// The first events from now on; none at the deadline, or when the service is to stop.
async fn next(
    store: &Store,
    mut changes: storage::Changes,
    (order, after): (OrderId, i64),
    deadline: Instant,
    draining: &Draining,
) -> Result<Vec<OrderEvent>, Problem> {
    let mut earliest = Instant::now();
    loop {
        let woken = async {
            changes.wait_for_event(LOOK_AGAIN).await;
            sleep_until(earliest).await;
        };
        // A look is never given up halfway: that would cost its connection.
        tokio::select! {
            () = woken => {}
            () = sleep_until(deadline) => return Ok(Vec::new()),
            () = draining.begun() => return Ok(Vec::new()),
        }
        // A span for each look of a long wait would bury the rest of its trace.
        let events = telemetry::untraced(look(store, order, after)).await?;
        if !events.is_empty() {
            return Ok(events);
        }
        earliest = Instant::now() + BREATH;
    }
}

async fn look(store: &Store, order: OrderId, after: i64) -> Result<Vec<OrderEvent>, Problem> {
    let events = store.order_events(order, after, MAX_EVENTS).await;
    events.map_err(problems::store)
}

fn in_range(name: &str, value: Option<i64>, max: i64) -> Result<i64, Problem> {
    let value = value.unwrap_or(0);
    if (0..=max).contains(&value) {
        return Ok(value);
    }
    let reason = format!("must be from 0 to {max}");
    Err(Problem::invalid_parameter(FieldError::new(
        name,
        "out_of_range",
        &reason,
    )))
}

impl From<Vec<OrderEvent>> for EventsBody {
    fn from(events: Vec<OrderEvent>) -> Self {
        let events = events.into_iter().map(|event| contracts::OrderEvent {
            seq: event.seq,
            order_id: event.order.get(),
            status: event.status.as_str().to_owned(),
            at_ms: event.at.millis(),
        });
        Self {
            events: events.collect(),
        }
    }
}
