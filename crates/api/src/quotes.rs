//! What shipping costs, asked of `fulfilment`; no order fails or waits long because it does not answer.

use std::time::Duration;

use contracts::{QuoteAnswer, QuoteAnswerV1, QuoteLine, QuoteRequest, QuoteRequestV1};
use domain::{NewOrder, Quote, Rejection};
use rand::Rng;
use service::breaker::Breaker;
use telemetry::client;
use tokio::time::Instant;

pub use peer::Peer;

use exchange::{Exchange, Failure};

mod exchange;
mod peer;

/// The pause before the one retry, in milliseconds.
const PAUSE: std::ops::RangeInclusive<u64> = 10..=50;

/// Who gives quotes, and how long they may take.
#[derive(Clone, Debug)]
pub(crate) struct Quotes {
    fulfilment: Option<Fulfilment>,
}

#[derive(Clone, Debug)]
struct Fulfilment {
    exchange: Exchange,
    breaker: Breaker,
    timeout: Duration,
}

impl Quotes {
    /// Every quote is the flat rate.
    pub(crate) fn flat() -> Self {
        Self { fulfilment: None }
    }

    /// Asks `peer`, for at most `timeout`.
    pub(crate) fn of(
        peer: Peer,
        client: client::Client,
        breaker: Breaker,
        timeout: Duration,
    ) -> Self {
        let fulfilment = Fulfilment {
            exchange: Exchange::new(peer, client, timeout),
            breaker,
            timeout,
        };
        Self {
            fulfilment: Some(fulfilment),
        }
    }

    /// The same with connections of its own: one worker that is busy then holds up no quote of another.
    pub(crate) fn for_worker(&self) -> Self {
        let mut quotes = self.clone();
        if let Some(fulfilment) = &mut quotes.fulfilment {
            fulfilment.exchange.reconnect();
        }
        quotes
    }

    /// The quote of fulfilment, or the flat rate where there is none in time.
    ///
    /// # Errors
    /// A [`Rejection`] of `lines` that no flat rate can be counted for.
    pub(crate) async fn quote(&self, order: &NewOrder) -> Result<Quote, Rejection> {
        if let Some(fulfilment) = &self.fulfilment {
            // The breaker counts and tells what went wrong.
            if let Ok(quote) = fulfilment.breaker.call(fulfilment.ask(order)).await {
                return Ok(quote);
            }
        }
        Quote::flat_rate(order)
    }
}

impl Fulfilment {
    /// Asks once, and again if that may help and there is time: a quote has no effect, so a repeat is safe.
    async fn ask(&self, order: &NewOrder) -> Result<Quote, Failure> {
        let deadline = Instant::now() + self.timeout;
        let question = question(order);
        let mut answered = self.exchange.ask(question.clone(), deadline).await;
        if answered.as_ref().is_err_and(Failure::may_pass) {
            let again = Instant::now() + Duration::from_millis(rand::rng().random_range(PAUSE));
            if again < deadline {
                tokio::time::sleep_until(again).await;
                answered = self.exchange.ask(question, deadline).await;
            }
        }
        let QuoteAnswer::V1(QuoteAnswerV1 { shipping_cents, .. }) =
            serde_json::from_slice(&answered?).map_err(Failure::Garbled)?;
        Quote::of_fulfilment(shipping_cents).map_err(Failure::Refused)
    }
}

fn question(order: &NewOrder) -> Vec<u8> {
    let lines = order.lines().iter().map(|line| QuoteLine {
        item_id: line.item.get(),
        quantity: line.quantity.get().into(),
    });
    let question = QuoteRequest::V1(QuoteRequestV1 {
        lines: lines.collect(),
    });
    // Numbers only: nothing in it can fail to be written.
    serde_json::to_vec(&question).unwrap_or_default()
}
