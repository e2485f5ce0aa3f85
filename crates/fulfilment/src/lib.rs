//! The back of Quartet: quotes shipping over HTTP, and takes orders from the queue to done.

pub use app::build;
pub use settings::Settings;

mod app;
mod carrier;
mod faults;
mod jobs;
mod problems;
mod queue;
mod quotes;
mod retention;
mod root;
mod routes;
pub mod settings;
mod worker;
