//! What the kernel knows of this process, under the names that Prometheus clients share.

use procfs::WithCurrentSystemInfo;
use procfs::process::{LimitValue, Process as Proc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads `/proc/self` at each scrape; what cannot be read is not shown.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Ok(process) = Proc::myself() else {
            return Ok(());
        };
        if let Ok(stat) = process.stat() {
            encode_stat(&mut encoder, &stat)?;
        }
        if let Ok(open) = process.fd_count() {
            gauge(
                &mut encoder,
                "process_open_fds",
                "Open file descriptors",
                number(open as u64),
            )?;
        }
        if let Ok(limits) = process.limits()
            && let LimitValue::Value(most) = limits.max_open_files.soft_limit
        {
            gauge(
                &mut encoder,
                "process_max_fds",
                "File descriptors that may be open",
                number(most),
            )?;
        }
        Ok(())
    }
}

fn encode_stat(
    encoder: &mut DescriptorEncoder<'_>,
    stat: &procfs::process::Stat,
) -> Result<(), std::fmt::Error> {
    let cpu =
        ConstCounter::new((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64);
    cpu.encode(encoder.encode_descriptor(
        "process_cpu_seconds",
        "CPU time used in user and kernel mode.",
        None,
        cpu.metric_type(),
    )?)?;
    let resident = stat.rss_bytes().get();
    gauge(
        encoder,
        "process_resident_memory_bytes",
        "Resident memory",
        number(resident),
    )?;
    gauge(
        encoder,
        "process_virtual_memory_bytes",
        "Virtual memory",
        number(stat.vsize),
    )?;
    gauge(encoder, "process_threads", "Threads", stat.num_threads)?;
    if let Ok(boot) = procfs::boot_time_secs() {
        let started = boot + stat.starttime / procfs::ticks_per_second();
        gauge(
            encoder,
            "process_start_time_seconds",
            "Start of the process since the Unix epoch",
            number(started),
        )?;
    }
    Ok(())
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: i64,
) -> Result<(), std::fmt::Error> {
    let gauge = ConstGauge::new(value);
    let help = format!("{help}.");
    gauge.encode(encoder.encode_descriptor(name, &help, None, gauge.metric_type())?)
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
