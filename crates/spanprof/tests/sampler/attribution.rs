//! Whose CPU time a sample says it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use spanprof::{Label, labelled, with_label};
use tokio::runtime::{Builder, Runtime};

use crate::planted::PLANTED;
use crate::recording::{Recording, Taken, alone, assert_same, record};

const MS: Duration = Duration::from_millis(1);

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .unwrap()
}

/// Spans are numbered from 1, zero being none.
fn span_of(planted: usize) -> u64 {
    planted as u64 + 1
}

/// Burns in slices, with awaits of both kinds in between: at once ready again, and later.
async fn request(planted: usize, slices: u32, slice: Duration) -> Duration {
    let mut used = Duration::ZERO;
    for turn in 0..slices {
        used += PLANTED[planted](slice);
        if turn.is_multiple_of(2) {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(MS).await;
        }
    }
    used
}

/// What burnt in a planted function is under its span, and under no other.
#[track_caller]
fn assert_own(recording: &Recording, planted: usize, used: Duration, slices: u32) {
    let span = span_of(planted);
    let own = recording.time(|sample| sample.span == span && sample.planted == Some(planted));
    let labelled = recording.time(|sample| sample.span == span);
    assert_same(
        &format!("planted_{planted} under its span"),
        own,
        used,
        slack(recording, slices),
    );
    assert!(
        labelled - own <= labelled / 20,
        "span {span}: {own:?} of {labelled:?} in planted_{planted}"
    );

    let elsewhere = |sample: &Taken| sample.span != span && sample.planted == Some(planted);
    assert_eq!(
        recording.time(elsewhere),
        Duration::ZERO,
        "planted_{planted} outside of its span"
    );
    let foreign = |sample: &Taken| {
        sample.span == span && sample.planted.is_some_and(|other| other != planted)
    };
    assert_eq!(
        recording.time(foreign),
        Duration::ZERO,
        "others in the span of planted_{planted}"
    );
}

/// Five times the deviation of slices whose ends fall anywhere in a sample, and the one sample that came latest.
fn slack(recording: &Recording, slices: u32) -> Duration {
    let deviation = recording
        .grain()
        .mul_f64(f64::from(slices).sqrt() / 6_f64.sqrt());
    5 * deviation + recording.coarsest()
}

/// Several requests at once, in slices that are long beside a tick of the kernel.
fn interleaved(hz: u32, requests: usize, workers: usize, slices: u32, slice: Duration) {
    let ((labels, used), recording) = record(hz, || {
        let labels: Vec<Label> = (0..requests)
            .map(|planted| Label::new(span_of(planted)))
            .collect();
        let runtime = runtime(workers);
        let running: Vec<_> = labels
            .iter()
            .enumerate()
            .map(|(planted, label)| {
                runtime.spawn(labelled(label.clone(), request(planted, slices, slice)))
            })
            .collect();
        let used = runtime.block_on(async {
            let mut used = Vec::new();
            for request in running {
                used.push(request.await.unwrap());
            }
            used
        });
        (labels, used)
    });

    for (planted, used) in used.into_iter().enumerate() {
        assert_own(&recording, planted, used, slices);
        let samples = recording
            .samples
            .iter()
            .filter(|sample| sample.span == span_of(planted))
            .count();
        assert_eq!(labels[planted].hits() as usize, samples);
    }
}

#[test]
fn interleaved_requests_at_100_hz() {
    interleaved(100, 4, 2, 16, 125 * MS);
}

#[test]
fn interleaved_requests_at_997_hz() {
    interleaved(997, 6, 2, 20, 60 * MS);
}

#[test]
fn interleaved_requests_on_one_thread() {
    interleaved(997, 3, 1, 20, 60 * MS);
}

#[test]
fn interleaved_requests_on_eight_threads() {
    interleaved(997, 10, 8, 7, 200 * MS);
}

#[test]
fn a_panic_leaves_no_label_behind() {
    let (used, recording) = record(997, || {
        let runtime = runtime(1);
        let panicking = runtime.spawn(labelled(Label::new(span_of(0)), async {
            let used = request(0, 10, 40 * MS).await;
            std::panic::resume_unwind(Box::new(used));
        }));
        let panicked = runtime.block_on(panicking).unwrap_err().into_panic();
        let after = runtime
            .block_on(runtime.spawn(request(1, 10, 40 * MS)))
            .unwrap();
        (*panicked.downcast::<Duration>().unwrap(), after)
    });

    assert_own(&recording, 0, used.0, 10);
    let unlabelled = recording.time(|sample| sample.span == 0 && sample.planted == Some(1));
    assert_same("after the panic", unlabelled, used.1, slack(&recording, 10));
    assert!(
        recording
            .samples
            .iter()
            .all(|sample| sample.planted != Some(1) || sample.span == 0)
    );
}

#[test]
fn labels_nest_and_survive_panics() {
    let span = || Label::current().map(|label| label.span());
    let (seen, _) = record(100, || {
        let (outer, inner) = (Label::new(1), Label::new(2));
        let mut seen = vec![span()];
        with_label(&outer, || {
            seen.push(span());
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                with_label(&inner, || {
                    seen.push(span());
                    std::panic::resume_unwind(Box::new("planted"))
                })
            }));
            panicked.unwrap_err();
            seen.push(span());
        });
        seen.push(span());
        seen
    });

    assert_eq!(seen, [None, Some(1), Some(2), Some(1), None]);
}

#[test]
fn a_request_that_is_hung_up_on_keeps_its_time_to_itself() {
    /// Burns when it is dropped, as the end of a transaction may.
    struct Transaction(mpsc::Sender<Duration>);
    impl Drop for Transaction {
        fn drop(&mut self) {
            self.0.send(PLANTED[0](300 * MS)).unwrap();
        }
    }

    let (used, recording) = record(997, || {
        let runtime = runtime(1);
        let (tell, told) = mpsc::channel();
        let hung_up = runtime.spawn(labelled(Label::new(span_of(0)), async move {
            let _transaction = Transaction(tell.clone());
            tell.send(request(0, 10, 40 * MS).await).unwrap();
            std::future::pending::<()>().await;
        }));
        let before = told.recv().unwrap();
        hung_up.abort();
        assert!(runtime.block_on(hung_up).unwrap_err().is_cancelled());
        let after = runtime
            .block_on(runtime.spawn(request(1, 10, 40 * MS)))
            .unwrap();
        (before + told.recv().unwrap(), after)
    });

    assert_own(&recording, 0, used.0, 10);
    let unlabelled = recording.time(|sample| sample.span == 0 && sample.planted == Some(1));
    assert_same(
        "after the hang-up",
        unlabelled,
        used.1,
        slack(&recording, 10),
    );
}

#[test]
fn a_label_goes_along_to_threads_that_work_for_it() {
    let ((label, used), recording) = record(997, || {
        let label = Label::new(span_of(0));
        let used = runtime(1).block_on(labelled(label.clone(), async {
            let own = Label::current().unwrap();
            let mut used = request(0, 5, 60 * MS).await;
            let blocking = own.clone();
            used +=
                tokio::task::spawn_blocking(move || with_label(&blocking, || PLANTED[0](500 * MS)))
                    .await
                    .unwrap();
            let threads: Vec<_> = (0..3)
                .map(|_| own.clone())
                .map(|label| thread::spawn(move || with_label(&label, || PLANTED[0](500 * MS))))
                .collect();
            used + threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum::<Duration>()
        }));
        (label, used)
    });

    assert_own(&recording, 0, used, 9);
    assert_eq!(
        label.hits() as usize,
        recording
            .samples
            .iter()
            .filter(|sample| sample.span == 1)
            .count()
    );
}

#[test]
fn work_handed_to_a_thread_without_its_label_is_nobodys() {
    let (used, recording) = record(997, || {
        let runtime = runtime(1);
        runtime.block_on(labelled(Label::new(1), async {
            tokio::task::spawn_blocking(|| PLANTED[0](500 * MS))
                .await
                .unwrap()
        }))
    });

    // Until the scanner has found its stack, samples of that thread are of one frame.
    let its = |sample: &Taken| sample.planted == Some(0) || sample.frames == 1;
    let unlabelled = recording.time(|sample| sample.span == 0 && its(sample));
    assert_same(
        "without a label",
        unlabelled + recording.missed(),
        used,
        slack(&recording, 4),
    );
    assert!(
        recording
            .samples
            .iter()
            .all(|sample| sample.planted.is_none() || sample.span == 0)
    );
}

#[test]
fn labels_without_a_profiler_do_nothing() {
    alone(|| {
        let label = Label::new(1);
        let used = with_label(&label, || PLANTED[0](50 * MS));

        assert!(used >= 50 * MS);
        assert_eq!(label.hits(), 0);
    });
}
