//! How failures of the domain and the store look to a client.

use actix_web::http::StatusCode;
use domain::Rejection;
use service::{FieldError, Problem};
use storage::{CancelError, Error, PlaceError};
use telemetry::db::ErrorType;

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

/// What the store could not do: 503 where it may be able to later, 500 where somebody has to look.
pub(crate) fn store(error: Error) -> Problem {
    let name = error.error_type();
    let problem = match &error {
        Error::Busy => Problem::unavailable("database_busy", "the database has too much to do"),
        Error::Locked => Problem::unavailable(name, "the database is locked by another program"),
        Error::ReadOnly => {
            Problem::unavailable(name, "the database takes no changes at present").retry_after(60)
        }
        Error::Full => Problem::unavailable(name, "the database has no room left").retry_after(60),
        Error::Closed => Problem::unavailable(name, "the service is stopping"),
        Error::Unusable(_) => {
            Problem::unavailable(name, "the database cannot be used").retry_after(10)
        }
        Error::Row { .. } | Error::Failed(_) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
            return Problem::internal().error_type(name);
        }
    };
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "the store refused"
    );
    problem.error_type(name)
}

/// Why an order was not accepted.
pub(crate) fn place(error: PlaceError) -> Problem {
    match error {
        PlaceError::NoSuchItem(_) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no_such_item",
            error.to_string(),
        )
        .with_field(FieldError::new("lines", "no_such_item", &error.to_string())),
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
