//! Threads come and go, and leave nothing behind.

use std::fs;
use std::sync::RwLock;
use std::thread;
use std::time::{Duration, Instant};

use spanprof::{Label, Settings, counters, with_label};

use crate::planted::PLANTED;
use crate::recording::{alone, drained, record};

const MS: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(20);

/// What the kernel says, who keeps a list of timers for each process.
fn timers() -> usize {
    let timers = fs::read_to_string("/proc/self/timers").unwrap();
    timers
        .lines()
        .filter(|line| line.starts_with("ID:"))
        .count()
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "{what}: {} timers, {:?}",
            timers(),
            counters()
        );
        thread::sleep(5 * MS);
    }
}

#[test]
fn threads_that_end_leave_no_timers() {
    let (labelled, _) = record(997, || {
        let present = threads();
        let label = Label::new(1);
        for _ in 0..300 {
            let batch: Vec<_> = (0..8)
                .map(|number| {
                    let label = label.clone();
                    thread::spawn(move || {
                        if number % 2 == 0 {
                            with_label(&label, || PLANTED[0](MS / 2));
                        }
                    })
                })
                .collect();
            batch.into_iter().for_each(|thread| thread.join().unwrap());
            assert!(timers() <= present + 200, "{} timers", timers());
        }
        until("a timer per thread", || {
            timers() == threads() && counters().threads_watched as usize == threads()
        });
        label
    });

    assert!(labelled.hits() > 10, "{} hits", labelled.hits());
    alone(|| assert_eq!(timers(), 0));
}

/// Threads that wait, labelled or not, while `meanwhile` runs; they end also if it panics.
fn crowd(size: usize, label: Option<&Label>, meanwhile: impl FnOnce()) {
    let gate = RwLock::new(());
    thread::scope(|scope| {
        let closed = gate.write().unwrap();
        for _ in 0..size {
            let small = thread::Builder::new().stack_size(64 << 10);
            let gate = &gate;
            let wait = move || drop(gate.read());
            let member = move || label.map_or_else(wait, |label| with_label(label, wait));
            small.spawn_scoped(scope, member).unwrap();
        }
        meanwhile();
        drop(closed);
    });
}

#[test]
fn threads_that_were_only_found_leave_no_timers_either() {
    let ((), _) = record(100, || {
        crowd(100, None, || {
            until("all found", || threads() > 100 && timers() == threads());
        });
        until("a timer per thread", || {
            threads() < 100 && timers() == threads()
        });
    });
}

#[test]
fn more_threads_than_the_bound_are_counted_and_then_let_in() {
    let ((), _) = record(100, || {
        crowd(1_100, Some(&Label::new(1)), || {
            until("a full book", || {
                let now = counters();
                let known = now.threads_watched + now.threads_unwatched;
                now.threads_watched == 1_024 && known as usize == threads()
            });
            assert_eq!(timers(), 1_024);
        });
        until("room again", || {
            counters().threads_unwatched == 0 && timers() == threads()
        });

        let label = Label::new(2);
        let late = label.clone();
        thread::spawn(move || with_label(&late, || PLANTED[0](200 * MS)))
            .join()
            .unwrap();
        assert!(label.hits() > 0);
    });
}

#[test]
fn a_thread_keeps_its_label_over_restarts() {
    alone(|| {
        for round in 1..=3 {
            let mut profiler = spanprof::start(Settings { hz: 997 }).unwrap();
            let label = Label::new(round);
            let began = Instant::now();
            // A busy machine looks at timers when it comes to it.
            while label.hits() == 0 {
                assert!(began.elapsed() < PATIENCE, "never hit");
                with_label(&label, || PLANTED[0](100 * MS));
            }
            profiler.stop();

            let samples = drained(&mut profiler);
            let hits = samples.iter().filter(|sample| sample.span == round).count();
            assert_eq!(label.hits() as usize, hits);
            assert_eq!(timers(), 0);
        }
    });
}
