//! The public face of Quartet: items and orders over HTTP, and the faults that make its telemetry worth a look.

pub use app::build;
pub use quotes::Peer;
pub use settings::Settings;

mod app;
mod demo;
mod docs;
mod faults;
mod items;
mod orders;
mod problems;
mod quotes;
mod root;
mod routes;
pub mod settings;
