//! `/quotes`: what shipping an order would cost.

use std::time::Duration;

use actix_web::web::{Data, Json};
use contracts::{QuoteAnswer, QuoteAnswerV1, QuoteRequest};
use domain::{NewOrder, Rejection};
use rand::Rng;
use service::faults::Switchboard;
use service::{JsonBody, Problem};

use crate::{faults, problems};
use price::Offer;

mod price;

/// How long a quote takes when the service pretends to have much to do, in milliseconds.
const PACE_MS: std::ops::RangeInclusive<u64> = 5..=40;

/// Whether quotes take their time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) demo_latency: bool,
}

/// `POST /quotes`
pub(crate) async fn quote(
    faults: Data<Switchboard>,
    pace: Data<Pace>,
    body: JsonBody<QuoteRequest>,
) -> Result<Json<QuoteAnswer>, Problem> {
    let order = parse(&body.value).map_err(problems::body)?;
    let offer = Offer::for_order(&order).map_err(problems::body)?;

    if pace.demo_latency {
        let millis = rand::rng().random_range(PACE_MS);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    faults::inflict_on_quote(&faults).await?;
    tracing::info!(
        quote.shipping_cents = offer.shipping.get(),
        quote.carrier = offer.carrier,
        "quoted {} cents",
        offer.shipping.get()
    );
    Ok(Json(QuoteAnswer::V1(QuoteAnswerV1 {
        shipping_cents: offer.shipping.get(),
        carrier: offer.carrier.to_owned(),
    })))
}

fn parse(request: &QuoteRequest) -> Result<NewOrder, Rejection> {
    let QuoteRequest::V1(request) = request;
    let lines = request.lines.iter();
    let lines: Vec<_> = lines.map(|line| (line.item_id, line.quantity)).collect();
    NewOrder::parse(&lines)
}
