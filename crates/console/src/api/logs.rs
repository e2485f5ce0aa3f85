use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use crate::questions::{self, Params};
use crate::store::{Lines, Store};

/// The newest lines that have all that is asked for, and how all of them lie in time.
#[utoipa::path(
    get,
    path = "/api/v1/logs",
    tag = "logs",
    params(
        ("service" = Option<String>, Query, description = "Who wrote it"),
        ("level" = Option<String>, Query, description = "How serious it is at least: `trace`, `debug`, `info`, `warn` or `error`"),
        ("field" = Option<Vec<String>>, Query, description = "`key=value` of a field; may be repeated"),
        ("text" = Option<String>, Query, description = "A text that its message or the value of a field contains"),
        ("trace" = Option<String>, Query, description = "The trace it belongs to, 32 hexadecimal digits"),
        ("span" = Option<String>, Query, description = "The span it belongs to, 16 hexadecimal digits"),
        ("before" = Option<u64>, Query, description = "Only lines older than that of this id"),
        ("after" = Option<u64>, Query, description = "Only lines that came after that of this id"),
        ("last" = Option<String>, Query, description = "The time before now, such as `15m`"),
        ("from" = Option<String>, Query, description = "When it was written at the earliest: RFC 3339, or nanoseconds since 1970"),
        ("to" = Option<String>, Query, description = "When it was written before"),
        ("limit" = Option<usize>, Query, description = "From 1 to 1000; 100 by default"),
    ),
    responses((status = 200, description = "What was found", body = Lines), (status = 422, description = "A question that is not understood"))
)]
pub(super) async fn search(request: HttpRequest, store: Data<Store>) -> HttpResponse {
    let query = Params::parse(request.query_string()).lines();
    answer(query.map(|query| questions::lines(&store, &query)))
}
