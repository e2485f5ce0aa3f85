//! What processes cost over a stretch of time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Measured;
use crate::process::Usage;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The cost of one process: most of memory, mean of processor time.
#[derive(Clone, Debug)]
pub(super) struct Cost {
    pub(super) name: String,
    /// Pages in memory, those that it shares counted whole.
    pub(super) resident_bytes: u64,
    /// The same, each shared page divided by those who share it.
    pub(super) proportional_bytes: u64,
    /// Processor time by time that passed: 1 is a whole core.
    pub(super) cores: f64,
}

/// Looks at each process once a second until `length` has passed.
pub(super) fn measure(measured: &[Measured<'_>], length: Duration) -> Result<Vec<Cost>> {
    let begin = Instant::now();
    let first = look(measured)?;
    let mut costs: Vec<_> = measured
        .iter()
        .zip(&first)
        .map(|(measured, usage)| Cost {
            name: measured.name.to_owned(),
            resident_bytes: usage.resident_bytes,
            proportional_bytes: usage.proportional_bytes,
            cores: 0.0,
        })
        .collect();
    while let Some(left) = length.checked_sub(begin.elapsed()) {
        thread::sleep(left.min(LOOK_EVERY));
        let elapsed = begin.elapsed().as_secs_f64();
        for ((cost, usage), first) in costs.iter_mut().zip(look(measured)?).zip(&first) {
            cost.resident_bytes = cost.resident_bytes.max(usage.resident_bytes);
            cost.proportional_bytes = cost.proportional_bytes.max(usage.proportional_bytes);
            let used = usage.processor_time.saturating_sub(first.processor_time);
            cost.cores = used.as_secs_f64() / elapsed;
        }
    }
    Ok(costs)
}

fn look(measured: &[Measured<'_>]) -> Result<Vec<Usage>> {
    let usages = measured.iter().map(|measured| {
        let usage = measured.process.usage();
        usage.with_context(|| format!("what {} uses cannot be seen", measured.name))
    });
    usages.collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::process::Process;
    use std::hint::black_box;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn work_and_memory_show() {
        let process = Process::own().unwrap();
        let own = [Measured {
            name: "own",
            process: &process,
        }];
        let held = black_box(vec![1_u8; 64 << 20]);
        let over = AtomicBool::new(false);

        let cost = thread::scope(|scope| {
            scope.spawn(|| {
                let mut number = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    number = black_box(number.wrapping_add(1));
                }
            });
            let costs = measure(&own, Duration::from_millis(500));
            over.store(true, Ordering::Relaxed);
            costs.unwrap().remove(0)
        });

        assert!(cost.cores > 0.05, "{cost:?}");
        assert!(cost.resident_bytes > 64 << 20, "{cost:?}");
        assert!(cost.proportional_bytes > 64 << 20, "{cost:?}");
        assert!(cost.proportional_bytes <= cost.resident_bytes, "{cost:?}");
        drop(held);
    }

    #[test]
    fn who_is_gone_is_named() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let process = Process::find(child.id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let gone = [Measured {
            name: "tempo",
            process: &process,
        }];

        let error = measure(&gone, Duration::from_millis(1)).unwrap_err();

        assert!(error.to_string().contains("tempo"), "{error}");
    }
}
