//! From bound to served to stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::Context;
use telemetry::Telemetry;
use tokio::signal::unix::{SignalKind, signal};

use crate::draining::{Drain, Draining};
use crate::limits::Limits;
use crate::middleware::{admission, answers, bodies};
use crate::operations::{self, Operations};
use crate::settings::Settings;
use crate::{HEALTH, Service, connections, files};

/// How long load balancers have to notice that no new requests are wanted.
const NOT_READY: Duration = Duration::from_secs(1);
/// How long requests under way have to end.
const DRAIN: Duration = Duration::from_secs(4);
/// How long queues have to empty.
const QUEUES: Duration = Duration::from_secs(1);
/// How long telemetry has to be sent.
const TELEMETRY: Duration = Duration::from_secs(3);
/// How long the lines already made have when a second signal ends it all.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How late the clock may be by which actix computes deadlines: without this a head could be late at once.
const COARSENESS: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT, then stops in order within ten seconds. A second signal ends the process
/// at once, with status 1.
///
/// # Errors
/// Those of `build`, and an address that cannot be bound, named by its variable.
pub fn run(build: impl Future<Output = anyhow::Result<Service>>) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async { serve(build.await?).await })
}

async fn serve(service: Service) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stopping = Arc::new(AtomicBool::new(false));
    files::make_room(service.settings.max_connections);
    let limits = Limits::register(&service.settings, service.telemetry.metrics());
    let operations = operations_server(&service, &limits, stopping.clone())?;
    let (drain, draining) = Draining::new();
    let public = public_server(&service, &limits, draining)?;
    let operations_handle = operations.handle();
    let public_handle = public.handle();
    let operations = actix_web::rt::spawn(operations);
    let mut public = actix_web::rt::spawn(public);

    let reason = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
        ended = &mut public => return ended?.context("the public server ended by itself"),
    };
    tracing::info!(reason, "stopping");
    let telemetry = service.telemetry.clone();
    tokio::select! {
        () = stop(service, &stopping, &drain, &public_handle) => {}
        _ = terminate.recv() => end_at_once(telemetry),
        _ = interrupt.recv() => end_at_once(telemetry),
    }
    operations_handle.stop(false).await;
    operations.abort();
    Ok(())
}

async fn stop(service: Service, stopping: &AtomicBool, drain: &Drain, public: &ServerHandle) {
    stopping.store(true, Ordering::Release);
    tokio::time::sleep(NOT_READY).await;
    drain.begin();
    public.stop(true).await;
    if tokio::time::timeout(QUEUES, service.close).await.is_err() {
        tracing::warn!("queues were not empty in time");
    }
    tracing::info!("stopped");
    let telemetry = service.telemetry;
    // It blocks, and a panic in it leaves nothing to be done but to exit.
    let _exiting = tokio::task::spawn_blocking(move || telemetry.shutdown(TELEMETRY)).await;
}

/// Ends the process without waiting for anybody: whoever asks twice means it.
fn end_at_once(telemetry: Telemetry) -> ! {
    tracing::warn!("ending at once: a second signal came");
    let (said, last_words) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        telemetry.shutdown(LAST_WORDS);
        // Nobody listens any more if it took too long.
        let _late = said.send(());
    });
    let _in_time = last_words.recv_timeout(LAST_WORDS);
    std::process::exit(1)
}

fn public_server(service: &Service, limits: &Limits, draining: Draining) -> anyhow::Result<Server> {
    let settings = service.settings.clone();
    let limits = limits.clone();
    let http = service.telemetry.http(&[HEALTH]);
    let routes = service.routes.clone();
    let connection_limits = limits.clone();
    let draining = Data::new(draining);
    let app = move || {
        let (admission, bodies, answers) = (limits.clone(), limits.clone(), limits.clone());
        let routes = routes.clone();
        App::new()
            .app_data(draining.clone())
            .configure(move |app| routes(app))
            .wrap(from_fn(move |request, next| {
                bodies::limit(bodies.clone(), request, next)
            }))
            .wrap(from_fn(move |request, next| {
                admission::admit(admission.clone(), request, next)
            }))
            .wrap(cors(&limits.settings))
            .wrap(from_fn(move |request, next| {
                answers::present(answers.clone(), request, next)
            }))
            .wrap(http.clone())
    };
    let server = HttpServer::new(app)
        .workers(settings.workers)
        .backlog(1024)
        .keep_alive(connections::KEEP_ALIVE)
        .client_request_timeout(settings.head_timeout + COARSENESS)
        .client_disconnect_timeout(Duration::from_secs(1))
        .on_connect(move |connection, data| {
            connections::admit(&connection_limits, connection, data)
        })
        .shutdown_timeout(DRAIN.as_secs())
        .disable_signals()
        .bind(settings.http)
        .with_context(|| format!("QUARTET_HTTP_ADDRESS={} cannot be bound", settings.http))?;
    listening("public", &server.addrs());
    Ok(server.run())
}

fn operations_server(
    service: &Service,
    limits: &Limits,
    stopping: Arc<AtomicBool>,
) -> anyhow::Result<Server> {
    let state = Operations {
        telemetry: service.telemetry.clone(),
        checks: service.checks.clone().into(),
        stopping,
    };
    let routes = service.operations.clone();
    let limits = limits.clone();
    let app = move || {
        let routes = routes.clone();
        let (bodies, answers) = (limits.clone(), limits.clone());
        App::new()
            .app_data(Data::new(state.clone()))
            .configure(operations::mount)
            .configure(move |app| routes(app))
            .wrap(from_fn(move |request, next| {
                bodies::limit(bodies.clone(), request, next)
            }))
            .wrap(from_fn(move |request, next| {
                answers::present(answers.clone(), request, next)
            }))
    };
    let address = service.settings.operations;
    let server = HttpServer::new(app)
        .workers(1)
        .shutdown_timeout(0)
        .disable_signals()
        .bind(address)
        .with_context(|| format!("QUARTET_OPERATIONS_ADDRESS={address} cannot be bound"))?;
    listening("operations", &server.addrs());
    Ok(server.run())
}

fn listening(role: &'static str, addresses: &[SocketAddr]) {
    for address in addresses {
        tracing::info!(
            server.role = role,
            server.address = %address.ip(),
            server.port = address.port(),
            "listening",
        );
    }
}

fn cors(settings: &Settings) -> actix_web::middleware::Condition<Cors> {
    let cors = settings
        .cors_origins
        .iter()
        .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    let cors = cors.allow_any_method().allow_any_header().max_age(3600);
    actix_web::middleware::Condition::new(!settings.cors_origins.is_empty(), cors)
}
