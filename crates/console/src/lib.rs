//! The console: receives four signals, keeps the newest of each in memory, and shows how they belong together.

pub use app::build;
pub use settings::Settings;

mod app;
pub mod settings;
pub mod store;
