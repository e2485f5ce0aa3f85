//! Who may look: whoever has the token, from the printed link, a cookie, or a header.

mod token;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::{Data, Json, ServiceConfig, resource};
use actix_web::{Error, HttpResponse, ResponseError};
use serde::Serialize;
use service::Problem;

pub(crate) use token::Token;

use crate::pages::closed;
use crate::questions::Params;

/// Cookies are told apart by host alone, so the name says whose it is.
const COOKIE: &str = "quartet-console";

/// What anybody may ask.
pub(crate) fn mount(app: &mut ServiceConfig) {
    app.service(resource(service::HEALTH).get(health));
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// `GET /health`: the console answers.
async fn health() -> Json<Health> {
    Json(Health { status: "healthy" })
}

/// Lets a request through that carries the token; one that has it in its address gets the cookie, and is
/// sent on to the address without it, so that it stands in no history and no referrer.
pub(crate) async fn check<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let token = request.app_data::<Data<Token>>().cloned();
    let Some(token) = token else {
        return Ok(refused(request, false));
    };
    let params = Params::parse(request.query_string());
    if let Some(given) = params.first("token") {
        if !token.is(given) {
            return Ok(refused(request, true));
        }
        let rest = params.without("token");
        let path = request.path().trim_start_matches('/');
        let location = match rest.is_empty() {
            true => format!("/{path}"),
            false => format!("/{path}?{rest}"),
        };
        let cookie = Cookie::build(COOKIE, token.text().to_owned())
            .path("/")
            .http_only(true)
            .same_site(SameSite::Strict)
            .finish();
        let answer = HttpResponse::SeeOther()
            .insert_header((header::LOCATION, location))
            .cookie(cookie)
            .finish();
        return Ok(request.into_response(answer).map_into_right_body());
    }
    let cookie = request.cookie(COOKIE);
    let bearer = request.headers().get(header::AUTHORIZATION);
    let bearer = bearer
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let given = bearer.or(cookie.as_ref().map(Cookie::value));
    if given.is_some_and(|given| token.is(given)) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    Ok(refused(request, false))
}

/// Says how to get in: to a person as a page, to a program as a problem.
fn refused<B>(request: ServiceRequest, is_wrong: bool) -> ServiceResponse<EitherBody<B>> {
    let detail =
        "open the link that `just status` prints, or send its token as Authorization: Bearer";
    let mut answer = match wants_page(&request) {
        true => closed::show(is_wrong),
        false => Problem::new(StatusCode::UNAUTHORIZED, "no_token", detail).error_response(),
    };
    let challenge = header::HeaderValue::from_static("Bearer");
    answer
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    request.into_response(answer).map_into_right_body()
}

/// Only browsers ask for HTML by name.
fn wants_page(request: &ServiceRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
        && !request.path().starts_with("/api/")
}
