//! Bodies are counted while they are read, and must come in time.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, ResponseError};
use futures_util::{Stream, StreamExt};
use tokio::time::{Sleep, sleep};

use crate::body;
use crate::connections::Busy;
use crate::limits::Limits;

/// Refuses a body that says it is too large.
pub(crate) async fn limit<B: MessageBody>(
    limits: Limits,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if limits.settings.max_body_bytes < announced(&request) {
        limits.refused.body_too_large.inc();
        let refusal = body::problem(&PayloadError::Overflow).error_response();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn announced(request: &ServiceRequest) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// What a request holds until its answer is sent.
pub(crate) struct Hold {
    /// Of a chunked body that is dropped unread, the server below reads the rest, however long;
    /// of one that is still held, it closes the connection behind the answer.
    _unread: Option<Rc<RefCell<Payload>>>,
    _busy: Option<Busy>,
}

/// The body of an answer with what its request holds.
pub(crate) struct Held {
    body: BoxBody,
    _hold: Hold,
}

impl Hold {
    /// Watches the body of a request, and marks its connection as busy.
    pub(crate) fn of(request: &mut ServiceRequest, limits: &Limits) -> Self {
        let busy = Busy::of(request.request());
        let payload = match request.take_payload() {
            Payload::None => {
                return Self {
                    _unread: None,
                    _busy: busy,
                };
            }
            payload => Rc::new(RefCell::new(payload)),
        };
        let watched = Watched {
            payload: payload.clone(),
            remaining: limits.settings.max_body_bytes,
            deadline: Box::pin(sleep(limits.settings.body_timeout)),
            limits: limits.clone(),
        };
        request.set_payload(Payload::Stream {
            payload: Box::pin(watched),
        });
        Self {
            _unread: Some(payload),
            _busy: busy,
        }
    }

    pub(crate) fn until_sent(self, body: BoxBody) -> Held {
        Held { body, _hold: self }
    }
}

impl MessageBody for Held {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

struct Watched {
    payload: Rc<RefCell<Payload>>,
    remaining: u64,
    deadline: Pin<Box<Sleep>>,
    limits: Limits,
}

impl Stream for Watched {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.payload.borrow_mut().poll_next_unpin(context);
        if let Poll::Ready(part) = polled {
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
