//! A breaker judges what calls come to, lets one try again, and shows all of it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use service::breaker::{Breaker, Breakers, CallError, Settings};
use telemetry::Metrics;
use wire::openmetrics::{Exposition, Format, parse};

const OPEN_FOR: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
#[error("the other side failed")]
struct Failed;

fn breaker() -> (Breaker, Metrics) {
    let metrics = Metrics::default();
    let settings = Settings {
        failures: 5,
        open_for: OPEN_FOR,
    };
    let breaker = Breakers::register(&metrics).breaker("shipping", settings);
    (breaker, metrics)
}

fn exposed(metrics: &Metrics) -> Exposition {
    let text = metrics.expose("application/openmetrics-text").unwrap().body;
    parse(&text, Format::OpenMetrics).unwrap()
}

fn state(metrics: &Metrics) -> f64 {
    let shown = exposed(metrics).value("circuit_breaker_state", &[("service", "shipping")]);
    shown.unwrap()
}

fn changes(metrics: &Metrics, from: &str, to: &str) -> f64 {
    let labels = [
        ("service", "shipping"),
        ("from_state", from),
        ("to_state", to),
    ];
    let shown = exposed(metrics).value("circuit_breaker_state_changes_total", &labels);
    shown.unwrap()
}

async fn fail(breaker: &Breaker, times: u32) {
    for _ in 0..times {
        let outcome = breaker
            .call(async {
                // The failure is only there once it has been awaited.
                tokio::task::yield_now().await;
                Err::<(), _>(Failed)
            })
            .await;
        assert!(matches!(outcome, Err(CallError::Failed(Failed))));
    }
}

async fn succeed(breaker: &Breaker) -> bool {
    breaker.call(async { Ok::<_, Failed>(()) }).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn five_failures_open_it_and_a_good_trial_closes_it() {
    let (breaker, metrics) = breaker();
    assert_eq!(state(&metrics), 0.0);
    for (from, to) in [
        ("closed", "open"),
        ("open", "half_open"),
        ("half_open", "closed"),
        ("half_open", "open"),
    ] {
        assert_eq!(changes(&metrics, from, to), 0.0, "{from} {to}");
    }

    fail(&breaker, 4).await;
    assert_eq!(state(&metrics), 0.0);
    fail(&breaker, 1).await;
    assert_eq!(state(&metrics), 1.0);
    assert!(!succeed(&breaker).await);

    tokio::time::advance(OPEN_FOR).await;
    fail(&breaker, 1).await;
    assert_eq!(state(&metrics), 1.0);
    assert!(!succeed(&breaker).await);

    tokio::time::advance(OPEN_FOR).await;
    assert!(succeed(&breaker).await);
    assert_eq!(state(&metrics), 0.0);
    fail(&breaker, 4).await;
    assert!(succeed(&breaker).await);

    assert_eq!(changes(&metrics, "closed", "open"), 1.0);
    assert_eq!(changes(&metrics, "open", "half_open"), 2.0);
    assert_eq!(changes(&metrics, "half_open", "open"), 1.0);
    assert_eq!(changes(&metrics, "half_open", "closed"), 1.0);
    let failures =
        exposed(&metrics).value("circuit_breaker_failures_total", &[("service", "shipping")]);
    assert_eq!(failures, Some(10.0));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_trial_frees_its_place() {
    let (breaker, metrics) = breaker();
    fail(&breaker, 5).await;
    tokio::time::advance(OPEN_FOR).await;

    let trial = breaker.call(std::future::pending::<Result<(), Failed>>());
    let dropped = tokio::time::timeout(Duration::from_secs(1), trial).await;

    assert!(dropped.is_err());
    assert_eq!(state(&metrics), 2.0);
    assert!(succeed(&breaker).await);
    assert_eq!(state(&metrics), 0.0);
}

#[tokio::test(start_paused = true)]
async fn what_began_before_it_opened_decides_nothing() {
    let (breaker, metrics) = breaker();
    let slow = |outcome: Result<(), Failed>| {
        let breaker = breaker.clone();
        tokio::spawn(async move {
            let call = async {
                tokio::time::sleep(OPEN_FOR * 2).await;
                outcome
            };
            breaker.call(call).await.is_ok()
        })
    };
    let (good, bad) = (slow(Ok(())), slow(Err(Failed)));
    tokio::task::yield_now().await;
    fail(&breaker, 5).await;
    tokio::time::advance(OPEN_FOR).await;
    let trial = breaker.clone();
    let trial = tokio::spawn(async move {
        let pending = std::future::pending::<Result<(), Failed>>();
        trial.call(pending).await.is_ok()
    });
    tokio::task::yield_now().await;
    assert_eq!(state(&metrics), 2.0);

    assert!(good.await.unwrap());
    assert!(!bad.await.unwrap());

    assert_eq!(state(&metrics), 2.0);
    trial.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_callers_one_makes_the_trial() {
    const CALLERS: usize = 200;
    for _ in 0..20 {
        let metrics = Metrics::default();
        let settings = Settings {
            failures: 1,
            open_for: Duration::from_millis(1),
        };
        let breaker = Breakers::register(&metrics).breaker("shipping", settings);
        fail(&breaker, 1).await;
        tokio::time::sleep(Duration::from_millis(5)).await;

        let made = Arc::new(AtomicU32::new(0));
        let all_asked = Arc::new(tokio::sync::Barrier::new(CALLERS));
        let callers = (0..CALLERS).map(|_| {
            let (breaker, made, all_asked) = (breaker.clone(), made.clone(), all_asked.clone());
            tokio::spawn(async move {
                let call = async {
                    made.fetch_add(1, Ordering::Relaxed);
                    // The trial is under way until every other caller has its refusal.
                    all_asked.wait().await;
                    Ok::<_, Failed>(())
                };
                if breaker.call(call).await.is_err() {
                    all_asked.wait().await;
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }

        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert_eq!(state(&metrics), 0.0);
    }
}
