use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testbed::{Service, Sink};

use crate::bench::{
    File, assert_refused, assert_seen, assert_told_now_and_then, counted, end, is_ready, made,
    offer, order, sending_to,
};

/// Two seconds, and one for a busy machine.
const ANSWERED: Duration = Duration::from_secs(3);

#[test]
fn a_lock_of_another_program_refuses_writes_in_time_until_it_is_gone() {
    let (file, sink) = (File::new(), Sink::grpc());
    let api = file.serve(&sending_to(&sink.endpoint()));
    let item = format!("/api/items/{}", made(&offer(&api, "Bow")));
    let mut foreign = file.foreign();
    foreign.run("begin exclusive").unwrap();

    let started = Instant::now();
    let first = offer(&api, "Bow");
    assert!(started.elapsed() < ANSWERED, "{:?}", started.elapsed());
    assert_refused(&first, "database_locked", "1");
    assert_seen(&api, &sink, &first, "database_locked");
    assert_eq!(counted(&api, "database_locked"), (1, 1));

    let codes = thread::scope(|scope| {
        let write = || {
            let asked = Instant::now();
            let answer = offer(&api, "Bow");
            assert!(asked.elapsed() < ANSWERED, "{:?}", asked.elapsed());
            let code = answer.json()["code"].as_str().unwrap().to_owned();
            assert_refused(&answer, &code, "1");
            code
        };
        let writes: Vec<_> = (0..30).map(|_| scope.spawn(write)).collect();
        for _ in 0..100 {
            assert_eq!(api.get(&item).status, 200);
        }
        assert!(is_ready(&api));
        let codes = writes.into_iter().map(|write| write.join().unwrap());
        codes.collect::<Vec<_>>()
    });
    let of = |code: &str| codes.iter().filter(|found| *found == code).count() as u64;
    let (locked, busy) = (of("database_locked"), of("database_busy"));
    assert_eq!(locked + busy, 30, "{codes:?}");
    assert!(0 < locked && 0 < busy, "{codes:?}");
    assert_eq!(counted(&api, "database_locked"), (1 + locked, 1 + locked));
    assert_eq!(counted(&api, "pool_timeout").0, busy);
    let writer = [("db_client_connection_pool_name", "writer")];
    let timeouts = api
        .metrics()
        .sum("db_client_connection_timeouts_total", &writer);
    assert_eq!(timeouts as u64, busy);
    assert_told_now_and_then(&api, "database_locked", started);
    assert_told_now_and_then(&api, "pool_timeout", started);

    foreign.run("rollback").unwrap();
    made(&offer(&api, "Bow"));
    end(&api);
}

/// As long as another service of ours never holds the lock, and shorter than a connection waits for it.
const MOMENT: Duration = Duration::from_millis(400);

#[test]
fn a_lock_that_is_held_for_a_moment_only_costs_time() {
    let file = File::new();
    let api = file.serve(&[]);
    let item = made(&offer(&api, "Bow"));
    // However fast the machine is, it must not be sold out before the end.
    let plenty = api.json(
        "PATCH",
        &format!("/api/items/{item}"),
        r#"{"stock":1000000}"#,
    );
    assert_eq!(plenty.status, 200);
    let over = AtomicBool::new(false);

    let statuses: Vec<u16> = thread::scope(|scope| {
        let customer = || {
            let mut statuses = Vec::new();
            while !over.load(Ordering::Relaxed) {
                statuses.push(order(&api, item).status);
                assert_eq!(api.get(&format!("/api/items/{item}")).status, 200);
            }
            statuses
        };
        let customers: Vec<_> = (0..4).map(|_| scope.spawn(customer)).collect();
        let mut foreign = file.foreign();
        for _ in 0..5 {
            foreign.run("begin immediate").unwrap();
            thread::sleep(MOMENT);
            foreign.run("rollback").unwrap();
            thread::sleep(MOMENT);
        }
        over.store(true, Ordering::Relaxed);
        let statuses = customers
            .into_iter()
            .flat_map(|customer| customer.join().unwrap());
        statuses.collect()
    });

    assert!(20 < statuses.len(), "{statuses:?}");
    let refused: Vec<_> = statuses.iter().filter(|status| **status != 201).collect();
    assert!(refused.is_empty(), "{refused:?} of {}", statuses.len());
    assert_eq!(counted(&api, "database_locked"), (0, 0));
    end(&api);
}

/// Longer than a connection waits for a lock.
const HELD: Duration = Duration::from_millis(1_500);

#[test]
fn a_start_outlasts_the_lock_of_another_program() {
    let file = File::new();
    let mut foreign = file.foreign();
    foreign.run("pragma journal_mode = wal").unwrap();
    foreign.run("begin exclusive").unwrap();

    thread::scope(|scope| {
        let starting = scope.spawn(|| file.serve(&[]));
        thread::sleep(HELD);
        foreign.run("rollback").unwrap();

        let api: Service = starting.join().unwrap();
        made(&offer(&api, "Bow"));
    });
}
