//! The body of an answer, watched to its end where that comes later than the head.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

use super::observation::Observation;

pin_project_lite::pin_project! {
    /// A body that reports its request as finished once it is sent, or as cut off when it is dropped before.
    #[derive(Debug)]
    pub struct ObservedBody<B> {
        #[pin]
        body: B,
        observation: Option<Observation>,
        sent: u64,
    }
}

impl<B> ObservedBody<B> {
    pub(super) fn observed(body: B, observation: Observation) -> Self {
        Self {
            body,
            observation: Some(observation),
            sent: 0,
        }
    }

    pub(super) fn unobserved(body: B) -> Self {
        Self {
            body,
            observation: None,
            sent: 0,
        }
    }
}

impl<B: MessageBody> MessageBody for ObservedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        let next = std::task::ready!(this.body.poll_next(context));
        match &next {
            Some(Ok(bytes)) => *this.sent += bytes.len() as u64,
            Some(Err(_)) | None => {
                if let Some(observation) = this.observation.take() {
                    observation.sent(*this.sent, next.is_none());
                }
            }
        }
        Poll::Ready(next)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        if self.observation.is_some() {
            return Err(self);
        }
        let Self {
            body,
            observation,
            sent,
        } = self;
        body.try_into_bytes().map_err(|body| Self {
            body,
            observation,
            sent,
        })
    }
}
