//! What the job queue is called in the telemetry of both its ends.

/// `messaging.system` of the queue, whichever database keeps it.
pub const QUEUE_SYSTEM: &str = "quartet";

/// `messaging.destination.name` of the jobs that orders leave.
pub const ORDERS_QUEUE: &str = "orders";
