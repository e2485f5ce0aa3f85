//! What the sampler learns late on a machine with more work than cores.

use std::time::Duration;

use wire::openmetrics::Exposition;

/// The CPU time between two samples of a thread.
const PERIOD: Duration = Duration::from_millis(10);

/// CPU time that the kernel told of late: several periods in one sample, of the place where the thread was by then.
pub fn late_cpu_time(metrics: &Exposition) -> Duration {
    let time = Duration::from_secs_f64(metrics.sum("telemetry_profile_cpu_seconds_total", &[]));
    let samples = metrics.sum("telemetry_profile_samples_taken_total", &[]);
    time.saturating_sub(PERIOD.mul_f64(samples))
}
