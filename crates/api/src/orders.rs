//! `/api/orders`

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use domain::{Caller, IdempotencyKey, OrderId, Rejection};
use service::{JsonBody, Problem, Query};
use sha2::{Digest, Sha256};
use storage::{Answer, Claim, Claiming, Fingerprint, Store};

pub(crate) use bodies::{NewOrderBody, OrderBody, OrderPage};

use crate::items::PageQuery;
use crate::problems;
use desk::Desk;

mod bodies;
mod desk;
pub(crate) mod events;

/// The header by which a client asks that its request count once, however often it is sent.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Lists the orders, newest first.
#[utoipa::path(get, path = "/api/orders", tag = "orders", params(PageQuery), responses((status = 200, body = OrderPage)))]
pub(crate) async fn list(
    store: Data<Store>,
    Query(page): Query<PageQuery>,
) -> Result<Json<OrderPage>, Problem> {
    let (size, after) = page.parse::<OrderId>()?;

    let page = store
        .list_orders(size, after)
        .await
        .map_err(problems::store)?;

    Ok(Json(page.into()))
}

/// Shows an order.
#[utoipa::path(
    get,
    path = "/api/orders/{id}",
    tag = "orders",
    params(("id" = i64, Path, minimum = 1, description = "the number of the order")),
    responses((status = 200, body = OrderBody))
)]
pub(crate) async fn show(store: Data<Store>, id: Path<String>) -> Result<Json<OrderBody>, Problem> {
    let id = problems::path_id(&id, OrderId::parse)?;

    let order = store.find_order(id).await.map_err(problems::store)?;

    let order = order.ok_or_else(|| Problem::not_found(format!("order {} not found", id.get())))?;
    Ok(Json(OrderBody::from(&order)))
}

/// Cancels a pending order and gives its stock back.
#[utoipa::path(
    delete,
    path = "/api/orders/{id}",
    tag = "orders",
    params(("id" = i64, Path, minimum = 1, description = "the number of the order")),
    responses((status = 204))
)]
pub(crate) async fn cancel(store: Data<Store>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = problems::path_id(&id, OrderId::parse)?;

    store.cancel_order(id).await.map_err(problems::cancel)?;

    tracing::info!(order.id = id.get(), "cancelled order {}", id.get());
    Ok(HttpResponse::NoContent().finish())
}

/// Orders items, all of them or none.
#[utoipa::path(
    post,
    path = "/api/orders",
    tag = "orders",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        min_length = 1,
        max_length = 128,
        pattern = "^[!-~]*$",
        description = "the request counts once, however often it is sent within 24 hours"
    )),
    request_body = NewOrderBody,
    responses((status = 201, body = OrderBody, headers(("Location" = String, description = "where the order is"))))
)]
pub(crate) async fn place(
    desk: Desk,
    request: HttpRequest,
    body: JsonBody<NewOrderBody>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(request.headers())?;
    let order = body.value.parse()?;
    let Some(key) = key else {
        let answer = desk.accept(&order, None).await?;
        return Ok(http_answer(answer));
    };
    match claim(&desk.store, &key, &fingerprint(&body.bytes)).await? {
        Claimed::Replay(answer) => Ok(http_answer(answer)),
        Claimed::Ours(claim) => {
            let outcome = desk.accept(&order, Some(&claim)).await;
            if outcome.is_err() {
                // If even this fails, the claim expires.
                let _expires = desk.store.release(claim).await;
            }
            outcome.map(http_answer)
        }
    }
}

fn http_answer(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if let Some(location) = answer.location {
        response.insert_header((header::LOCATION, location));
    }
    response.content_type("application/json").body(answer.body)
}

enum Claimed {
    Ours(Claim),
    Replay(Answer),
}

async fn claim(
    store: &Store,
    key: &IdempotencyKey,
    fingerprint: &Fingerprint,
) -> Result<Claimed, Problem> {
    let now = std::time::SystemTime::now().into();
    let claiming = store
        .claim(&Caller::anonymous(), key, fingerprint, now)
        .await
        .map_err(problems::store)?;
    match claiming {
        Claiming::Claimed(claim) => Ok(Claimed::Ours(claim)),
        Claiming::Replay(answer) => Ok(Claimed::Replay(answer)),
        Claiming::Mismatch => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used with another body",
        )),
        Claiming::InFlight => Err(Problem::conflict(
            "idempotency_key_in_flight",
            "the first request with this Idempotency-Key is still under way",
        )
        .retry_after(1)),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let refused = |reason| Rejection::new("Idempotency-Key", "invalid", reason);
    let mut given = headers.get_all(IDEMPOTENCY_KEY);
    let key = match (given.next(), given.next()) {
        (None, _) => return Ok(None),
        (Some(key), None) => key.to_str().map_err(|_| refused("must be visible ASCII")),
        (Some(_), Some(_)) => Err(refused("must be given once")),
    };
    let key = key.and_then(|key| {
        IdempotencyKey::parse(key).map_err(|rejection| rejection.named("Idempotency-Key"))
    });
    key.map(Some).map_err(problems::parameter)
}

fn fingerprint(body: &[u8]) -> Fingerprint {
    Sha256::digest(body).into()
}
