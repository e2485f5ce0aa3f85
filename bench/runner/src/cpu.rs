//! CPU time, of one process and of the machine.

use std::fs;
use std::time::Duration;

use anyhow::Context;
use nix::sys::time::TimeValLike;
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// What all threads of a process have used, those that have ended included; exact to the nanosecond.
pub(crate) fn of_process(pid: Pid) -> anyhow::Result<Duration> {
    let used = clock_gettime(clock_getcpuclockid(pid)?)?;
    Ok(Duration::from_nanos(u64::try_from(used.num_nanoseconds())?))
}

/// What all processes and the hypervisor have used of all cores.
pub(crate) fn of_machine() -> anyhow::Result<Duration> {
    /// `man 5 proc_stat`: user, nice, system, idle, iowait, irq, softirq, steal.
    const BUSY: [usize; 6] = [0, 1, 2, 5, 6, 7];
    let stat = fs::read_to_string("/proc/stat")?;
    let ticks: Vec<u64> = stat
        .lines()
        .next()
        .context("/proc/stat is empty")?
        .split_ascii_whitespace()
        .skip(1)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let busy: u64 = BUSY.iter().filter_map(|at| ticks.get(*at)).sum();
    let per_second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)?;
    let per_second = per_second.context("the kernel does not tell its ticks per second")?;
    Ok(Duration::from_secs_f64(busy as f64 / per_second as f64))
}
