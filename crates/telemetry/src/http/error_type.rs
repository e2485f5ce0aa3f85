//! How an answer says why it failed.

use actix_web::http::StatusCode;

/// `error.type` of an answer; put it into the extensions of a response to say more than its status does.
///
/// Its value becomes a label, so it comes from a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorType(pub &'static str);

/// The value for a client that hung up before it had its answer.
pub(super) const CLIENT_DISCONNECTED: &str = "client_disconnected";
/// The value for a handler that panicked.
pub(super) const PANIC: &str = "panic";

/// The value for an answer whose body broke off on the server's side.
pub(super) const BODY_FAILED: &str = "body_failed";

/// The status as `error.type`, which the conventions ask of failures that have no better name;
/// a client's mistake is no failure of the server.
pub(super) fn of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..500 => "",
        500 => "500",
        501 => "501",
        502 => "502",
        503 => "503",
        504 => "504",
        _ => "_OTHER",
    }
}
