//! Full rings of 256 MiB: how fast they fill, and how long a search of them lasts.

use std::time::{Duration, Instant};

use console::questions::{self, Params};
use console::receive::Intake;
use console::settings::Limits;
use console::store::Store;
use rand::{SeedableRng, rngs::SmallRng};
use wire::otlp::Signal;

use crate::batches;

const RING: usize = 256 << 20;
const REPEATS: usize = 60;

/// Prints what is taken in, and how long each search lasts.
pub(crate) fn run() {
    let store = Store::new(Limits {
        trace_bytes: RING,
        log_bytes: RING,
        metric_bytes: RING,
        profile_bytes: RING,
        series: 20_000,
        items_per_second: 10_000_000,
        push_bytes: 8 << 20,
    });
    let intake = Intake::new(store.clone());
    let mut random = SmallRng::seed_from_u64(1);
    let spans = fill(&store, 0, |round| {
        let body = batches::spans(&mut random, round);
        let started = Instant::now();
        intake.otlp(Signal::Traces, &body).unwrap();
        started.elapsed()
    });
    let lines = fill(&store, 1, |round| {
        let body = batches::lines(&mut random, round);
        let started = Instant::now();
        intake.loki_json(&body).unwrap();
        started.elapsed()
    });
    println!("{:34}{:>12}", "taken in on one core", "a second");
    println!("{:34}{:>12.0}", "spans, OTLP protobuf", spans);
    println!("{:34}{:>12.0}", "lines, Loki JSON and logfmt", lines);
    for of in &questions::status(&store)[..2] {
        println!(
            "{:?} hold {} items in {} MiB",
            of.signal,
            of.items,
            of.bytes >> 20
        );
    }
    let kept: usize = questions::status(&store).iter().map(|of| of.bytes).sum();
    println!(
        "resident {} MiB, of which the rings count {} MiB",
        resident_bytes() >> 20,
        kept >> 20
    );
    println!(
        "\n{:34}{:>10}{:>10}",
        "search over a full ring, ms", "p50", "p95"
    );
    for (name, query) in [
        ("traces: text that is nowhere", "text=no such text anywhere"),
        ("traces: text that is rare", "text=order 777777"),
        ("traces: text that is common", "text=SELECT"),
        (
            "traces: service, route, status",
            "service=api&route=/api/items/{id}&status=5xx",
        ),
        ("traces: an attribute", "attribute=order.id=order 777777"),
        ("traces: slow ones", "min=999.9ms"),
    ] {
        let query = Params::parse(&format!("from=0&{}", query.replace(' ', "+")))
            .traces()
            .unwrap();
        report(name, || drop(questions::traces(&store, &query)));
    }
    for (name, query) in [
        ("lines: text that is nowhere", "text=no such text anywhere"),
        ("lines: text that is rare", "text=order 777777"),
        ("lines: text that is common", "text=order"),
        ("lines: a field", "field=order.id=order 777777"),
        ("lines: level", "level=error"),
        (
            "lines: of a trace",
            "trace=00000000000000000000000000000001",
        ),
    ] {
        let query = Params::parse(&format!("from=0&{}", query.replace(' ', "+")))
            .lines()
            .unwrap();
        report(name, || drop(questions::lines(&store, &query)));
    }
    report("one trace", || {
        drop(questions::trace(&store, &format!("{:032x}", 1)))
    });
}

/// Fills a ring until it evicts; items a second.
fn fill(store: &Store, ring: usize, mut push: impl FnMut(u64) -> Duration) -> f64 {
    let mut spent = Duration::ZERO;
    for round in 0.. {
        spent += push(round);
        let of = &questions::status(store)[ring];
        if of.evicted > 0 {
            return of.received as f64 / spent.as_secs_f64();
        }
    }
    0.0
}

fn report(name: &str, mut search: impl FnMut()) {
    let mut times: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let started = Instant::now();
            search();
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!("{name:34}{:>10.1}{:>10.1}", at(0.5), at(0.95));
}

/// What this process holds in RAM.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
    kibibytes.parse::<usize>().unwrap() << 10
}
