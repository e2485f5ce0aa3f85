//! The URL maps.

use actix_web::web::{ServiceConfig, resource};

use crate::{jobs, quotes, root};

/// Every URL of the public server.
pub(crate) fn public(app: &mut ServiceConfig) {
    app.service(resource("/").get(root::welcome))
        .service(resource(service::HEALTH).get(root::health))
        .service(resource("/quotes").post(quotes::quote));
}

/// The URLs that this service adds to its operations server; the faults have theirs.
pub(crate) fn operations(app: &mut ServiceConfig) {
    app.service(resource("/jobs").get(jobs::list))
        .service(resource("/jobs/{id}/revive").post(jobs::revive));
}
