//! The variants that Quartet's own crate makes, and the bare service that they are compared with.

use std::time::Duration;

use actix_web::dev::Server;
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use telemetry::{Settings, Telemetry};

use crate::{Arguments, announce, handler};

pub(crate) fn bare() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async { unobserved()?.await })?;
    Ok(())
}

/// A bare service with telemetry beside it.
pub(crate) fn beside(arguments: &Arguments) -> anyhow::Result<()> {
    let telemetry = telemetry::init(settings(arguments)?)?;
    let outcome = actix_web::rt::System::new().block_on(async {
        actix_web::rt::spawn(operations(&telemetry)?);
        unobserved()?.await
    });
    telemetry.shutdown(Duration::from_secs(5));
    Ok(outcome?)
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let telemetry = telemetry::init(settings(arguments)?)?;
    let outcome = actix_web::rt::System::new().block_on(async {
        actix_web::rt::spawn(operations(&telemetry)?);
        observed(&telemetry)?.await
    });
    telemetry.shutdown(Duration::from_secs(5));
    Ok(outcome?)
}

/// What is not wanted is turned off as an operator would do it.
fn settings(arguments: &Arguments) -> anyhow::Result<Settings> {
    let variant = arguments.variant;
    let source = |name: &str| {
        let value = match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" if 0.0 < variant.sampled() => arguments.collector.clone(),
            "OTEL_TRACES_SAMPLER" => "parentbased_traceidratio".to_owned(),
            "OTEL_TRACES_SAMPLER_ARG" => variant.sampled().to_string(),
            "RUST_LOG" if !variant.writes_lines() => {
                "info,access=off,actix_server=warn,actix_http=off".to_owned()
            }
            "PYROSCOPE_SERVER_ADDRESS" if variant.pushes_profiles() => arguments.profiles.clone(),
            _ => return None,
        };
        Some(value)
    };
    Ok(Settings::from_vars(
        "bench",
        env!("CARGO_PKG_VERSION"),
        &source,
    )?)
}

fn unobserved() -> std::io::Result<Server> {
    let server = HttpServer::new(|| App::new().configure(handler::mount))
        .workers(1)
        .bind(("127.0.0.1", 0))?;
    announce("public", &server.addrs())?;
    Ok(server.run())
}

fn observed(telemetry: &Telemetry) -> std::io::Result<Server> {
    let http = telemetry.http(&[]);
    let server = HttpServer::new(move || App::new().configure(handler::mount).wrap(http.clone()))
        .workers(1)
        .bind(("127.0.0.1", 0))?;
    announce("public", &server.addrs())?;
    Ok(server.run())
}

/// Metrics on a server of their own, as the services have them.
fn operations(telemetry: &Telemetry) -> std::io::Result<Server> {
    let telemetry = Data::new(telemetry.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(telemetry.clone())
            .route("/metrics", web::get().to(metrics))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))?;
    announce("metrics", &server.addrs())?;
    Ok(server.run())
}

async fn metrics(
    request: HttpRequest,
    telemetry: Data<Telemetry>,
) -> actix_web::Result<HttpResponse> {
    let accept = request.headers().get(ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    let exposition = telemetry
        .metrics()
        .expose(accept.unwrap_or_default())
        .map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, exposition.content_type))
        .body(exposition.body))
}
