//! A request through the service, without the network.

use std::net::{Ipv4Addr, SocketAddr};

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{Path, ServiceConfig, resource};
use actix_web::{App, Error};
use futures_util::FutureExt;
use telemetry::Telemetry;

use crate::operations::{calls, count};

pub(crate) fn bare() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        answer(&init_service(App::new().configure(mount)).await);
    });
    Ok(())
}

pub(crate) fn observed(telemetry: &Telemetry) -> anyhow::Result<()> {
    let http = telemetry.http(&[]);
    actix_web::rt::System::new().block_on(async {
        answer(&init_service(App::new().configure(mount).wrap(http)).await);
    });
    telemetry.shutdown(std::time::Duration::from_millis(1));
    Ok(())
}

fn mount(app: &mut ServiceConfig) {
    app.service(resource("/items/{id}").get(|id: Path<u64>| async move { format!("item {id}") }));
}

fn answer<B: MessageBody>(
    service: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
) {
    let mut requests: Vec<Request> = (0..calls()).map(|_| request()).collect();
    count(|| {
        let answer = requests.pop().map(|request| service.call(request));
        // Nothing in it waits, so the first poll is the last.
        let answer = answer.and_then(FutureExt::now_or_never);
        assert!(answer.is_some_and(|answer| answer.is_ok_and(|a| a.status().is_success())));
    });
}

fn request() -> Request {
    TestRequest::get()
        .uri("/items/7")
        .peer_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000)))
        .insert_header(("host", "localhost"))
        .insert_header(("user-agent", "bench/1.0"))
        .to_request()
}
