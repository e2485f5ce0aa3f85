//! The pages: plain functions from what is asked and answered to HTML.

pub mod address;
pub mod chart;
pub mod filters;
pub mod frame;
pub mod links;
pub mod logs;
pub mod map;
pub mod metrics;
pub mod overview;
pub mod profiles;
pub mod range;
pub mod theme;
pub mod traces;
pub mod units;
