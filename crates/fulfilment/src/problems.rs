//! How failures of the domain and the store look to an operator.

use domain::Rejection;
use service::{FieldError, Problem};
use storage::{Error, ReviveError};
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

/// What the store could not do. Operators ask seldom, so each refusal is a line.
pub(crate) fn store(error: Error) -> Problem {
    let name = error.error_type();
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        error.type = name,
        "the store refused an operator"
    );
    match error {
        Error::Row { .. } | Error::Failed(_) => Problem::internal().error_type(name),
        Error::Busy => Problem::unavailable("database_busy", error.to_string()).error_type(name),
        _ => Problem::unavailable(name, error.to_string()).error_type(name),
    }
}

/// Why a job was not revived.
pub(crate) fn revive(error: ReviveError) -> Problem {
    match error {
        ReviveError::NoSuchJob(_) => Problem::not_found(error.to_string()),
        ReviveError::NotDead(_) => Problem::conflict("not_dead", error.to_string()),
        ReviveError::NoSuchItem(_) => Problem::conflict("no_such_item", error.to_string()),
        ReviveError::OutOfStock(_) => Problem::conflict("out_of_stock", error.to_string()),
        ReviveError::Store(error) => store(error),
    }
}
