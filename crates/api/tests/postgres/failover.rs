//! The primary is lost, and its synchronous standby takes over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testbed::Postgres;

use crate::shop::{assert_kept, database, open, order};

/// What clients keep asking for, once the standby takes writes.
const RECOVERED: Duration = Duration::from_secs(10);

#[test]
fn no_acknowledged_order_is_lost() {
    let primary = Postgres::start();
    let one = database(&primary);
    let standby = primary.standby();
    let (first, second) = (primary.address().to_string(), standby.address().to_string());
    let api = open(&one.replace(&first, &format!("{first},{second}")));
    let over = AtomicBool::new(false);

    let (mut acknowledged, refused) = thread::scope(|scope| {
        let customer = || {
            let (mut acknowledged, mut refused) = (Vec::new(), 0);
            while !over.load(Ordering::Relaxed) {
                let answer = order(&api);
                match answer.status {
                    201 => acknowledged.push(answer.json()["id"].as_i64().unwrap()),
                    503 => refused += 1,
                    status => panic!("{status} {}", answer.text()),
                }
            }
            (acknowledged, refused)
        };
        let customers: Vec<_> = (0..4).map(|_| scope.spawn(customer)).collect();
        thread::sleep(Duration::from_secs(1));
        primary.kill();
        thread::sleep(Duration::from_secs(1));
        standby.promote();
        thread::sleep(Duration::from_secs(2));
        over.store(true, Ordering::Relaxed);
        let outcomes = customers
            .into_iter()
            .map(|customer| customer.join().unwrap());
        outcomes.fold((Vec::new(), 0), |(mut all, count), (ids, refused)| {
            all.extend(ids);
            (all, count + refused)
        })
    });

    let deadline = Instant::now() + RECOVERED;
    let next = loop {
        let answer = order(&api);
        if answer.status == 201 {
            break answer.json()["id"].as_i64().unwrap();
        }
        assert!(Instant::now() < deadline, "{}", answer.text());
    };
    assert!(!acknowledged.is_empty() && 0 < refused);
    acknowledged.push(next);
    assert_kept(&api, &standby, "shop", &acknowledged);
}
