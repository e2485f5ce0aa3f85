//! Lines as they come.

use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use futures_util::stream::unfold;
use service::Draining;

use super::misunderstood;
use crate::questions::{self, LogQuery, Params, Window};
use crate::store::Store;

/// How often new lines are looked for.
const INTERVAL: Duration = Duration::from_millis(250);
/// A line nobody reads keeps the connection from being taken for a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Lines of one look; a burst beyond is shown by its newest.
const MOST: usize = 200;

/// New lines that have all that is asked for, as server-sent events: each one line in JSON, its id the event's.
#[utoipa::path(
    get,
    path = "/api/v1/logs/tail",
    tag = "logs",
    params(
        ("service" = Option<String>, Query, description = "Who wrote it"),
        ("level" = Option<String>, Query, description = "How serious it is at least"),
        ("field" = Option<Vec<String>>, Query, description = "`key=value` of a field; may be repeated"),
        ("text" = Option<String>, Query, description = "A text that its message or the value of a field contains"),
        ("after" = Option<u64>, Query, description = "The id of the last line that is known; by default only new lines are sent"),
    ),
    responses((status = 200, description = "Events until the client ends it", body = String, content_type = "text/event-stream"))
)]
pub(super) async fn tail(
    request: HttpRequest,
    store: Data<Store>,
    draining: Data<Draining>,
) -> HttpResponse {
    let params = Params::parse(request.query_string());
    let mut query = match params.lines() {
        Ok(query) => query,
        Err(error) => return misunderstood(&error).error_response(),
    };
    // A browser that reconnects says what it has seen.
    let seen = request.headers().get("last-event-id");
    let seen = seen.and_then(|seen| seen.to_str().ok()?.parse().ok());
    let newest = store.lines.lock().received;
    query.after = Some(seen.or(query.after).unwrap_or(newest));
    query.window = Window::ALWAYS;
    query.limit = MOST;
    query.bars = 0;
    let tail = Tail {
        query,
        store,
        silent: Duration::ZERO,
    };
    let ending = async move { draining.begun().await };
    let events = futures_util::StreamExt::take_until(unfold(tail, Tail::next), Box::pin(ending));
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Cache-Control", "no-store"))
        .streaming(events)
}

struct Tail {
    query: LogQuery,
    store: Data<Store>,
    silent: Duration,
}

impl Tail {
    async fn next(mut self) -> Option<(Result<Bytes, actix_web::Error>, Self)> {
        loop {
            tokio::time::sleep(INTERVAL).await;
            self.silent += INTERVAL;
            if self.query.after == Some(self.store.lines.lock().received)
                && self.silent < KEEP_ALIVE
            {
                continue;
            }
            let found = questions::lines(&self.store, &self.query);
            self.query.after = Some(found.newest);
            let mut events = String::new();
            for line in found.lines.iter().rev() {
                let json = serde_json::to_string(line).unwrap_or_default();
                events.push_str(&format!("id: {}\ndata: {json}\n\n", line.id));
            }
            if events.is_empty() && KEEP_ALIVE <= self.silent {
                events.push_str(": nothing new\n\n");
            }
            if !events.is_empty() {
                self.silent = Duration::ZERO;
                return Some((Ok(Bytes::from(events)), self));
            }
        }
    }
}
