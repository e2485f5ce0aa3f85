//! A trickle of requests for as long as somebody looks: a rate of a single one is soon zero.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;

use super::requests::{BURNT, Client};
use crate::stores::http::Address;

const PAUSE: Duration = Duration::from_millis(700);

/// Ends when it is dropped.
pub(crate) struct Traffic {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Requests of every kind, those that fail too.
pub(crate) fn of_every_kind(api: &Address) -> Traffic {
    let client = Client::of(api);
    let mut item = None;
    start(move || {
        item = item.or_else(|| client.create_item().ok());
        let order = json!({ "lines": [{ "item_id": item, "quantity": 1 }] });
        let cpu = format!("/api/cpu?ms={}", BURNT.as_millis());
        let _ = client.get(&cpu, "/api/cpu", 200);
        let _ = client.get("/api/server-error", "/api/server-error", 500);
        let _ = client.get("/api/items/999999999", "/api/items/{id}", 404);
        let _ = client.post("/api/orders", &order, 201);
    })
}

/// Requests that are quick and well unless something is wrong.
pub(crate) fn of_readers(api: &Address) -> Traffic {
    let client = Client::of(api);
    start(move || {
        let _ = client.get("/api/items?limit=1", "/api/items", 200);
    })
}

/// What becomes of these requests does not matter.
fn start(mut send: impl FnMut() + Send + 'static) -> Traffic {
    let (end, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
            send();
        }
    });
    Traffic {
        end: Some(end),
        thread: Some(thread),
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
