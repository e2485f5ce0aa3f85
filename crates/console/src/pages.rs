//! The pages: plain functions from what is asked and answered to HTML, and their URLs.

use actix_web::web::{ServiceConfig, resource};

pub mod address;
mod answer;
mod ask;
mod assets;
pub mod chart;
pub(crate) mod closed;
#[expect(unreachable_pub, reason = "the macro of askama makes public methods")]
mod filters;
pub mod frame;
pub mod links;
pub mod logs;
pub mod map;
pub mod metrics;
pub mod overview;
#[cfg(test)]
mod palette;
pub mod profiles;
pub mod range;
pub mod theme;
pub mod traces;
pub mod units;

/// Every page.
pub(crate) fn mount(app: &mut ServiceConfig) {
    app.service(resource("/").get(overview::show))
        .service(resource("/traces").get(traces::search))
        .service(resource("/traces/{trace_id}").get(traces::one::show))
        .service(resource("/logs").get(logs::search))
        .service(resource("/logs/tail").get(logs::tail))
        .service(resource("/spans/{span_id}").get(traces::by_span::show))
        .service(resource("/map").get(map::show))
        .service(resource("/metrics").get(metrics::show))
        .service(resource("/profiles").get(profiles::show))
        .service(resource("/theme").post(theme::choose));
}

/// What anybody may load: nothing of it tells what was received.
pub(crate) fn mount_open(app: &mut ServiceConfig) {
    app.service(resource("/assets/{name}").get(assets::show));
}
