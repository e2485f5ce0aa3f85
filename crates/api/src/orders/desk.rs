//! Where orders are accepted: a quote first, then one transaction for order and job.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use contracts::{Job, JobV1, TraceContext};
use domain::{NewOrder, Order, OrderId, Quote};
use service::Problem;
use storage::{Answer, Claim, PlaceError, Placement, Store};
use telemetry::messaging::{self, ErrorType, Headers, Sender};

use super::bodies::OrderBody;
use crate::problems;
use crate::quotes::Quotes;

/// What it takes to accept an order.
pub(crate) struct Desk {
    pub(super) store: Data<Store>,
    quotes: Data<Quotes>,
    jobs: Data<Sender>,
}

impl FromRequest for Desk {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            Ok(Self {
                store: Data::extract(&request).await?,
                quotes: Data::extract(&request).await?,
                jobs: Data::extract(&request).await?,
            })
        })
    }
}

impl Desk {
    /// Takes the order. The quote comes first, so that no transaction waits for another service.
    pub(super) async fn accept(
        &self,
        order: &NewOrder,
        claim: Option<&Claim>,
    ) -> Result<Answer, Problem> {
        let quote = self.quotes.quote(order).await.map_err(problems::body)?;
        let placed = self.place(order, quote, claim).await.map_err(|error| {
            if let PlaceError::OutOfStock(item) = &error {
                tracing::info!(item.id = item.get(), "item {} is out of stock", item.get());
            }
            problems::place(order, error)
        })?;
        tracing::info!(
            order.id = placed.id.get(),
            order.total_cents = placed.total.get(),
            order.shipping_source = placed.quote.source.as_str(),
            "accepted order {}",
            placed.id.get()
        );
        Ok(answer(&placed))
    }

    /// Writes the order, and its job under a PRODUCER span that who works on it continues.
    async fn place(
        &self,
        order: &NewOrder,
        quote: Quote,
        claim: Option<&Claim>,
    ) -> Result<Order, PlaceError> {
        let sent = self.jobs.send(|headers| async move {
            let job = job(headers);
            let placement = Placement {
                order,
                quote,
                job: &job,
            };
            let placed = self.store.place_order(placement, claim, answer).await?;
            messaging::set_message_id(placed.id.get().to_string());
            Ok(placed)
        });
        sent.await.map_err(|Unplaced(error)| error)
    }
}

/// The job of an order, in the trace of the span that sends it.
fn job(mut headers: Headers) -> impl Fn(OrderId) -> String {
    let trace = TraceContext {
        traceparent: headers.remove("traceparent"),
        tracestate: headers
            .remove("tracestate")
            .filter(|state| !state.is_empty()),
    };
    move |order| {
        let job = Job::V1(JobV1 {
            order_id: order.get(),
            trace: trace.clone(),
        });
        // Numbers and texts only: nothing in it can fail to be written.
        job.to_json().unwrap_or_default()
    }
}

fn answer(order: &Order) -> Answer {
    Answer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(format!("/api/orders/{}", order.id.get())),
        body: OrderBody::from(order).to_json(),
    }
}

/// An order that became none, by the words of the metric of sent messages.
struct Unplaced(PlaceError);

impl From<PlaceError> for Unplaced {
    fn from(error: PlaceError) -> Self {
        Self(error)
    }
}

impl ErrorType for Unplaced {
    fn error_type(&self) -> &'static str {
        match &self.0 {
            PlaceError::NoSuchItem(_) => "no_such_item",
            PlaceError::OutOfStock(_) => "out_of_stock",
            PlaceError::Rejected(_) => "rejected",
            PlaceError::ClaimLost => "claim_lost",
            PlaceError::Store(error) => error.error_type(),
        }
    }
}
