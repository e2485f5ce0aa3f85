//! The URL map.

use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, resource, scope};

use crate::faults::Faults;
use crate::{demo, docs, faults, items, orders, root};

/// Every URL of the public server.
pub(crate) fn mount(app: &mut ServiceConfig, demo: bool, demo_latency: bool, faults: &Faults) {
    let faults = faults.clone();
    let mut api = scope("/api")
        .service(resource("/items").get(items::list).post(items::create))
        .service(
            resource("/items/{id}")
                .get(items::show)
                .put(items::replace)
                .patch(items::change)
                .delete(items::remove),
        )
        .service(resource("/orders").get(orders::list).post(orders::place))
        .service(
            resource("/orders/{id}")
                .get(orders::show)
                .delete(orders::cancel),
        )
        .service(resource("/orders/{id}/events").get(orders::events::events));
    if demo {
        api = api
            .service(resource("/slow").get(demo::slow))
            .service(resource("/very-slow").get(demo::very_slow))
            .service(resource("/cpu").get(demo::cpu))
            .service(resource("/bad-request").get(demo::bad_request))
            .service(resource("/server-error").get(demo::server_error))
            .service(resource("/exception").get(demo::exception))
            .service(resource("/random").get(demo::random));
    }
    let api = api
        .wrap(from_fn(move |request, next| {
            faults::inflict(faults.clone(), request, next)
        }))
        .wrap(from_fn(move |request, next| {
            demo::delay(demo_latency, request, next)
        }));
    app.service(resource("/").get(root::welcome))
        .service(resource(service::HEALTH).get(root::health))
        .service(resource("/openapi.json").get(docs::openapi))
        .service(resource("/docs").get(docs::redirect))
        .service(docs::swagger_ui())
        .service(api);
}
