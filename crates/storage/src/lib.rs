//! Where Quartet keeps items, orders and jobs: one [`Store`] over `SQLite` or Postgres.
//!
//! Every statement runs as a [`telemetry::db::call`], every wait for a connection is measured.

pub use changes::Changes;
pub use connect::{ConnectError, Server};
pub use error::Error;
pub use idempotency::{Answer, Claim, Claiming, Fingerprint};
pub use jobs::{Claimed, DeadLetter, JobError, JobRecord, Lease, Pruned, QueueState, ReviveError};
pub use orders::{CancelError, PlaceError, Placement};
pub use settings::{Mode, Place, Settings, VARIABLES};
pub use store::Store;

mod calls;
mod changes;
mod clock;
mod connect;
mod connection;
mod error;
mod events;
mod idempotency;
mod items;
mod jobs;
mod lane;
mod orders;
mod rows;
mod schema;
mod settings;
mod store;
