//! How much of the process's CPU time samples stand for, and that every thread has stacks.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use spanprof::counters;

use crate::planted::PLANTED;
use crate::recording::{Recording, assert_same, record};

const MS: Duration = Duration::from_millis(1);

/// Threads that nobody announced burn the given times once they are watched, and tell their ids.
fn busy(hz: u32, times: &[Duration]) -> (Vec<(u32, Duration)>, Recording) {
    record(hz, || {
        let watched = counters().threads_watched;
        let found = Barrier::new(times.len() + 1);
        thread::scope(|scope| {
            let threads: Vec<_> = times
                .iter()
                .map(|time| {
                    scope.spawn(|| {
                        found.wait();
                        // SAFETY: no arguments.
                        let thread = unsafe { libc::gettid() };
                        (thread.cast_unsigned(), PLANTED[0](*time))
                    })
                })
                .collect();
            while counters().threads_watched < watched + times.len() as u64 {
                thread::sleep(MS);
            }
            found.wait();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        })
    })
}

/// What threads may have used after their last samples.
fn ends(recording: &Recording, threads: u32) -> Duration {
    2 * threads * recording.grain() + recording.coarsest()
}

fn whole_process(threads: u32, each: Duration) {
    let (_, recording) = busy(100, &vec![each; threads as usize]);

    assert_same(
        "sampled",
        recording.sampled(),
        recording.process,
        ends(&recording, threads),
    );
    assert_eq!(recording.sampled(), recording.time(|_| true));
}

#[test]
fn one_busy_thread_is_sampled_whole() {
    whole_process(1, 2_000 * MS);
}

#[test]
fn two_busy_threads_are_sampled_whole() {
    whole_process(2, 1_500 * MS);
}

#[test]
fn eight_busy_threads_are_sampled_whole() {
    whole_process(8, 700 * MS);
}

/// The kernel looks at timers at most once per tick: what expired in between counts into the sample.
#[test]
fn a_rate_above_the_kernels_tick_loses_no_time() {
    let (_, recording) = busy(997, &[1_000 * MS, 1_000 * MS]);

    assert_same(
        "sampled",
        recording.sampled(),
        recording.process,
        ends(&recording, 2),
    );
}

/// A timer of the process would spread its signals over the threads as it pleases.
#[test]
fn each_thread_has_its_own_share() {
    let (threads, recording) = busy(997, &[500 * MS, 800 * MS, 1_200 * MS, 1_600 * MS]);

    for (thread, used) in threads {
        let sampled = recording.time(|sample| sample.thread == thread);
        assert_same("of its own", sampled, used, 3 * recording.grain());
    }
}

/// Until the scanner has had its turn and found their stacks, samples are of one frame.
#[test]
fn threads_that_never_had_a_label_have_stacks() {
    let (threads, recording) = busy(997, &[500 * MS, 500 * MS]);

    let used = threads.iter().map(|(_, used)| *used).sum();
    let theirs = |thread| threads.iter().any(|(theirs, _)| *theirs == thread);
    let found = recording.time(|sample| sample.planted == Some(0) && sample.frames > 3);
    let early = recording.time(|sample| theirs(sample.thread) && sample.frames == 1);
    assert!(found > used / 2, "with a stack: {found:?} of {used:?}");
    assert_same(
        "with a stack or early",
        found + early,
        used,
        ends(&recording, 2),
    );
}

#[test]
fn threads_found_late_are_owned_up_to() {
    let (used, recording) = record(100, || {
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| PLANTED[0](800 * MS)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<Duration>()
    });

    assert!(recording.missed() > Duration::ZERO);
    assert_same(
        "sampled or missed",
        recording.sampled() + recording.missed(),
        used,
        ends(&recording, 4),
    );
}
