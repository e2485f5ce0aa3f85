//! The console: receives four signals, keeps the newest of each in memory, and shows how they belong together.

pub use app::build;
pub use settings::Settings;

mod access;
mod api;
mod app;
mod measures;
pub mod pages;
pub mod questions;
pub mod receive;
pub mod settings;
pub mod store;
