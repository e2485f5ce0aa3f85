use testbed::{PATIENCE, eventually};

use crate::world::{Shop, attempts, jobs};

#[test]
fn orders_are_shipped_once_each() {
    let shop = Shop::open();
    let orders: Vec<_> = (0..20).map(|_| shop.order()).collect();

    let workers = [("QUARTET_JOB_WORKERS", "4")];
    let (one, other) = (shop.fulfilment(&workers), shop.fulfilment(&workers));

    for order in &orders {
        shop.wait_for_status(*order, "done");
    }
    eventually("every attempt is counted", || {
        attempts(&one, "done") + attempts(&other, "done") == 20.0
    });
    for outcome in ["retried", "dead", "lease_lost", "given_back", "unsettled"] {
        assert_eq!(attempts(&one, outcome) + attempts(&other, outcome), 0.0);
    }
    assert_eq!(shop.stock(), 80);
}

#[test]
fn a_killed_worker_is_replaced_once_its_lease_ends() {
    let shop = Shop::open();
    let killed = shop.fulfilment(&[("QUARTET_LEASE_MS", "1500")]);
    killed.inflict("latency", 60_000);
    let order = shop.order();
    shop.wait_for_status(order, "processing");

    killed.process.kill();
    killed.process.wait(PATIENCE);
    let next = shop.fulfilment(&[]);

    shop.wait_for_status(order, "done");
    eventually("the attempt is counted", || attempts(&next, "done") == 1.0);
    assert_eq!(jobs(&next, "done")[0]["attempts"], 2);
    let line = next.process.wait_for_logged("the shipment", |line| {
        line.get("order.id") == Some(&order.to_string())
    });
    assert_eq!(line.get("job.attempt"), Some("2"));
}

#[test]
fn work_that_takes_longer_than_its_lease_keeps_it() {
    let shop = Shop::open();
    let busy = shop.fulfilment(&[("QUARTET_LEASE_MS", "1000")]);
    busy.inflict("latency", 3_500);
    let rival = shop.fulfilment(&[("QUARTET_LEASE_MS", "1000")]);
    rival.inflict("latency", 3_500);

    let order = shop.order();
    shop.wait_for_status(order, "done");

    assert_eq!(jobs(&busy, "done")[0]["attempts"], 1);
    let lost = attempts(&busy, "lease_lost") + attempts(&rival, "lease_lost");
    assert_eq!(lost, 0.0);
}

#[test]
fn a_worker_that_was_frozen_finds_its_lease_lost() {
    let shop = Shop::open();
    let frozen = shop.fulfilment(&[("QUARTET_LEASE_MS", "300")]);
    frozen.inflict("latency", 500);
    let order = shop.order();
    shop.wait_for_status(order, "processing");

    frozen.process.freeze();
    let next = shop.fulfilment(&[]);
    shop.wait_for_status(order, "done");
    frozen.process.proceed();

    eventually("the first finds out", || {
        attempts(&frozen, "lease_lost") == 1.0
    });
    assert_eq!(attempts(&next, "done"), 1.0);
    assert_eq!(attempts(&frozen, "done"), 0.0);
    assert_eq!(shop.order_status(order), "done");
}

#[test]
fn a_carrier_that_refuses_is_asked_again() {
    let shop = Shop::open();
    let (fulfilment, order) = shop.ship_after_refusals();

    let line = fulfilment
        .process
        .wait_for_logged("a failed attempt", |line| {
            line.get("job.outcome") == Some("retried")
        });
    assert_eq!(line.get("level"), Some("warn"));
    assert_eq!(line.get("error"), Some("the carrier refused the parcel"));
    assert_eq!(line.get("order.id"), Some(order.to_string().as_str()));
}
