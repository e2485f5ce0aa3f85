//! How failures of the domain and the store look to a client.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use domain::{NewOrder, Rejection};
use service::{FieldError, Problem};
use storage::{CancelError, Error, PlaceError};
use telemetry::db::ErrorType;
use telemetry::logs::Occasional;

/// A parameter that the domain refuses.
pub(crate) fn parameter(rejection: Rejection) -> Problem {
    Problem::invalid_parameter(field(rejection))
}

/// A field of a body that the domain refuses.
pub(crate) fn body(rejection: Rejection) -> Problem {
    Problem::invalid_body(field(rejection))
}

fn field(rejection: Rejection) -> FieldError {
    FieldError::new(rejection.field, rejection.code, &rejection.reason)
}

/// Refusals that no line has told yet; each kind apart, so that none hides another.
#[derive(Default)]
struct Refusals {
    busy: Occasional,
    locked: Occasional,
    read_only: Occasional,
    unavailable: Occasional,
    full: Occasional,
    closed: Occasional,
    unusable: Occasional,
}

static REFUSALS: LazyLock<Refusals> = LazyLock::new(Refusals::default);

/// What the store could not do: 503 where it may be able to later, 500 where somebody has to look.
pub(crate) fn store(error: Error) -> Problem {
    let (detail, retry_seconds, refusals) = match &error {
        Error::Busy => ("the database has too much to do", 1, &REFUSALS.busy),
        Error::Locked => (
            "the database is locked by another program",
            1,
            &REFUSALS.locked,
        ),
        Error::ReadOnly => (
            "the database takes no changes at present",
            60,
            &REFUSALS.read_only,
        ),
        Error::Unavailable(_) => ("the database is not available", 1, &REFUSALS.unavailable),
        Error::Full => ("the database has no room left", 60, &REFUSALS.full),
        Error::Closed => ("the service is stopping", 1, &REFUSALS.closed),
        Error::Unusable(_) => ("the database cannot be used", 10, &REFUSALS.unusable),
        Error::Row { .. } | Error::Failed(_) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
            return Problem::internal().error_type(error.error_type());
        }
    };
    if let Some(requests) = refusals.happened(1) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            error.type = error.error_type(),
            requests,
            "the store refused"
        );
    }
    let code = match error {
        Error::Busy => "database_busy",
        _ => error.error_type(),
    };
    Problem::unavailable(code, detail)
        .retry_after(retry_seconds)
        .error_type(error.error_type())
}

/// Why an order was not accepted.
pub(crate) fn place(order: &NewOrder, error: PlaceError) -> Problem {
    match error {
        PlaceError::NoSuchItem(item) => {
            let line = order.lines().iter().position(|line| line.item == item);
            let field = line.map_or("lines".to_owned(), |line| format!("lines[{line}].item_id"));
            let detail = error.to_string();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_such_item", &*detail)
                .with_field(FieldError::new(field, "no_such_item", &detail))
        }
        PlaceError::OutOfStock(_) => Problem::conflict("out_of_stock", error.to_string()),
        PlaceError::Rejected(rejection) => body(rejection),
        PlaceError::ClaimLost => {
            Problem::conflict("idempotency_key_in_flight", error.to_string()).retry_after(1)
        }
        PlaceError::Store(error) => store(error),
    }
}

/// Why an order was not cancelled.
pub(crate) fn cancel(error: CancelError) -> Problem {
    match error {
        CancelError::NoSuchOrder(_) => Problem::not_found(error.to_string()),
        CancelError::NotPending(_) => Problem::conflict("not_pending", error.to_string()),
        CancelError::Store(error) => store(error),
    }
}

/// A number in the path, by the rule of its kind.
pub(crate) fn path_id<Id>(
    text: &str,
    parse: impl FnOnce(i64) -> Result<Id, Rejection>,
) -> Result<Id, Problem> {
    let number = text
        .parse()
        .map_err(|_| Rejection::new("id", "invalid", "must be a whole number"))
        .map_err(parameter)?;
    parse(number).map_err(|rejection| parameter(rejection.named("id")))
}
