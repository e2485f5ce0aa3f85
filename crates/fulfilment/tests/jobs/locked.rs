use std::time::Duration;

use testbed::eventually;

use crate::world::{Shop, attempts, jobs};

#[test]
fn a_database_that_others_lock_costs_time_and_nothing_else() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[("QUARTET_LEASE_MS", "1000")]);
    fulfilment.inflict("latency", 300);
    let order = shop.order();
    shop.wait_for_status(order, "processing");

    shop.database.lock_during(|| {
        eventually("the attempt ends in vain", || {
            attempts(&fulfilment, "unsettled") == 1.0
        });
        std::thread::sleep(Duration::from_millis(1_200));
    });

    shop.wait_for_status(order, "done");
    eventually("it is counted", || attempts(&fulfilment, "done") == 1.0);
    assert_eq!(jobs(&fulfilment, "done")[0]["attempts"], 2);
    let line = fulfilment.process.wait_for_logged("the attempt", |line| {
        line.get("job.outcome") == Some("unsettled")
    });
    let locked = Some("the database is locked by another program");
    assert_eq!(line.get("queue.error"), locked);
    let line = fulfilment.process.wait_for_logged("the complaint", |line| {
        line.get("msg") == Some("the queue cannot be read")
    });
    assert_eq!(line.get("level"), Some("warn"));
}
