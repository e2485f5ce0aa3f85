//! The HTTP servers of receivers: bounded bodies, one worker each.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use super::{Intake, Refusal, guard};
use crate::store::Signal;

/// Senders keep connections for long, and there are few of them.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// More senders than this do not fit on one machine.
const MOST_CONNECTIONS: usize = 256;

/// Binds `address` and serves what `mount` adds.
pub(super) fn serve(
    role: &'static str,
    address: SocketAddr,
    intake: &Intake,
    mount: fn(&mut ServiceConfig),
) -> std::io::Result<ServerHandle> {
    let data = Data::new(intake.clone());
    let longest = intake.push_bytes();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(longest))
            .configure(mount)
            .service(web::resource("/ready").get(|| async { "ready\n" }))
    })
    .workers(1)
    .max_connections(MOST_CONNECTIONS)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(Duration::from_secs(10))
    .shutdown_timeout(1)
    .disable_signals()
    .bind(address)?;
    for address in server.addrs() {
        tracing::info!(
            server.role = role,
            server.address = %address.ip(),
            server.port = address.port(),
            "listening"
        );
    }
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

/// The body of a push, unpacked, once it is sure that its sender may push.
pub(super) fn body(
    request: &HttpRequest,
    intake: &Intake,
    signal: Signal,
    packed: Received,
) -> Result<Bytes, Refusal> {
    let body = match guard::objection(request) {
        Some(objection) => Err(Refusal::Forbidden(objection)),
        None => unpacked(
            header(request, header::CONTENT_ENCODING),
            intake.push_bytes(),
            packed,
        ),
    };
    body.map_err(|refusal| intake.refuse(signal, refusal))
}

/// A body as it came, or why it could not be read.
pub(super) type Received = Result<Bytes, actix_web::Error>;

fn unpacked(encoding: &str, limit: usize, packed: Received) -> Result<Bytes, Refusal> {
    let packed = packed.map_err(|error| match error.as_error() {
        Some(PayloadError::Overflow) => Refusal::TooLarge { limit },
        _ => Refusal::Malformed(error.to_string()),
    })?;
    match encoding {
        "" | "identity" => Ok(packed),
        "gzip" => match wire::gzip::decompress(&packed, limit) {
            Ok(plain) => Ok(Bytes::from(plain)),
            Err(wire::gzip::Error::TooLarge { limit }) => Err(Refusal::TooLarge { limit }),
            Err(malformed) => Err(Refusal::Malformed(malformed.to_string())),
        },
        other => Err(Refusal::Unsupported(format!(
            "Content-Encoding {other:?} is not read here: send gzip or nothing"
        ))),
    }
}

/// A header as text, empty if it is not there.
pub(super) fn header(request: &HttpRequest, name: header::HeaderName) -> &str {
    let value = request.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The media type of the body, without its parameters.
pub(super) fn media(request: &HttpRequest) -> String {
    essence(header(request, header::CONTENT_TYPE))
}

/// A media type without its parameters.
pub(super) fn essence(media: &str) -> String {
    let essence = media.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// What to answer to a push that was refused.
pub(super) fn answer(refusal: &Refusal) -> HttpResponse {
    let status = match refusal {
        Refusal::TooMuch => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Malformed(_) => StatusCode::BAD_REQUEST,
        Refusal::Unsupported(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
        Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    };
    let mut answer = HttpResponse::build(status);
    if *refusal == Refusal::TooMuch {
        answer.insert_header((header::RETRY_AFTER, "1"));
    }
    answer
        .content_type("text/plain; charset=utf-8")
        .body(refusal.to_string())
}
