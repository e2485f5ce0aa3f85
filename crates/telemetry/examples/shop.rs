//! A service that is seen: each request makes a span, a line and a measurement with the same ids,
//! and so does the code that serves it, also in tasks of its own.
//!
//! `cargo run --example shop`, then `curl` the port that the first line names.

use std::io;
use std::time::Duration;

use actix_web::web::resource;
use actix_web::{App, HttpServer, Responder};
use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use telemetry::{Request, Settings, Telemetry};
use tracing::Instrument;

fn main() -> io::Result<()> {
    let settings =
        Settings::from_env("shop", env!("CARGO_PKG_VERSION")).map_err(io::Error::other)?;
    let telemetry = telemetry::init(settings).map_err(io::Error::other)?;

    let outcome = actix_web::rt::System::new().block_on(serve(telemetry.clone()));

    telemetry.shutdown(Duration::from_secs(3));
    outcome
}

async fn serve(telemetry: Telemetry) -> io::Result<()> {
    let http = telemetry.http(&["/health"]);
    let app = move || {
        App::new()
            .service(resource("/pack").get(pack))
            .service(resource("/greet").get(greet))
            .service(resource("/dispatch").get(dispatch))
            .wrap(http.clone())
    };
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0")?;
    for address in server.addrs() {
        tracing::info!(
            server.role = "public",
            server.address = %address.ip(),
            server.port = address.port(),
            "listening"
        );
    }
    server.run().await
}

/// Spans of the `tracing` crate are children of the request's.
async fn pack() -> impl Responder {
    wrap(3).await;
    "packed"
}

#[tracing::instrument]
async fn wrap(layers: i64) {
    tracing::info!("wrapping");
    for layer in 0..layers {
        fold(layer).await;
    }
}

#[tracing::instrument]
async fn fold(layer: i64) {
    tokio::task::yield_now().await;
    tracing::info!(layer, "folded");
}

/// What becomes known of a request is in each of its later lines.
async fn greet() -> impl Responder {
    tracing::info!("looking the customer up");
    if let Some(request) = Request::current() {
        request.add_field("customer.kind", "returning");
    }
    tracing::info!("greeting");
    "hello again"
}

/// A task of its own keeps the ids if it is told to, in either of two ways.
async fn dispatch() -> impl Responder {
    let in_context = tokio::spawn(send("in context").with_context(Context::current()));
    let in_span = tokio::spawn(send("in a span").instrument(tracing::info_span!("dispatch")));
    let _sent = (in_context.await, in_span.await);
    "dispatched"
}

async fn send(how: &str) {
    tokio::task::yield_now().await;
    tracing::info!(how, "sent");
}
