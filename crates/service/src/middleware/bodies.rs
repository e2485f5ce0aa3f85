//! Bodies are counted while they are read, and must come in time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::{Stream, StreamExt};
use tokio::time::{Sleep, sleep};

use crate::body;
use crate::limits::Limits;

/// Refuses a body that says it is too large, and watches any other.
pub(crate) async fn limit<B: MessageBody>(
    limits: Limits,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if limits.settings.max_body_bytes < announced(&request) {
        limits.refused.body_too_large.inc();
        return Err(body::problem(&PayloadError::Overflow).into());
    }
    match request.take_payload() {
        Payload::None => request.set_payload(Payload::None),
        payload => {
            let watched = Watched {
                remaining: limits.settings.max_body_bytes,
                deadline: Box::pin(sleep(limits.settings.body_timeout)),
                payload,
                limits,
            };
            request.set_payload(Payload::Stream {
                payload: Box::pin(watched),
            });
        }
    }
    next.call(request).await
}

fn announced(request: &ServiceRequest) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

struct Watched {
    payload: Payload,
    remaining: u64,
    deadline: Pin<Box<Sleep>>,
    limits: Limits,
}

impl Stream for Watched {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(part) = self.payload.poll_next_unpin(context) {
            let Some(Ok(bytes)) = part else {
                return Poll::Ready(part);
            };
            match self.remaining.checked_sub(bytes.len() as u64) {
                Some(remaining) => self.remaining = remaining,
                None => {
                    self.limits.refused.body_too_large.inc();
                    return Poll::Ready(Some(Err(PayloadError::Overflow)));
                }
            }
            return Poll::Ready(Some(Ok(bytes)));
        }
        std::task::ready!(self.deadline.as_mut().poll(context));
        self.limits.refused.body_timeout.inc();
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}
