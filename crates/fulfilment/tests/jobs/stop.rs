use std::time::Duration;

use testbed::eventually;

use crate::world::{Shop, attempts, jobs};

/// What the design promises from the signal to the end of the process.
const BUDGET: Duration = Duration::from_secs(10);

#[test]
fn what_is_nearly_done_is_finished_before_the_end() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[("QUARTET_SHIPPING_MS", "700")]);
    let order = shop.order();
    shop.wait_for_status(order, "processing");

    fulfilment.process.terminate();
    let exit = fulfilment.process.wait(BUDGET);

    assert_eq!(exit.code(), Some(0), "{:?}", fulfilment.process.lines());
    assert_eq!(shop.order_status(order), "done");
}

#[test]
fn what_takes_long_is_given_back_at_the_end_and_taken_at_once_by_the_next() {
    let shop = Shop::open();
    // Without being given back, the job would wait for the end of its lease.
    let lease = [("QUARTET_LEASE_MS", "3600000")];
    let fulfilment = shop.fulfilment(&lease);
    fulfilment.inflict("latency", 60_000);
    let order = shop.order();
    shop.wait_for_status(order, "processing");

    fulfilment.process.terminate();
    let exit = fulfilment.process.wait(BUDGET);
    let next = shop.fulfilment(&lease);

    assert_eq!(exit.code(), Some(0), "{:?}", fulfilment.process.lines());
    fulfilment
        .process
        .wait_for_logged("the job to be given back", |line| {
            line.get("job.outcome") == Some("given_back")
        });
    shop.wait_for_status(order, "done");
    assert_eq!(jobs(&next, "done")[0]["attempts"], 2);
    eventually("it is counted", || attempts(&next, "done") == 1.0);
    let cut = shop
        .sink
        .wait_for_span("the attempt that was cut off", |span| {
            span.name == "process orders" && span.text("error.type") == Some("cancelled")
        });
    assert_eq!(cut.service(), Some("fulfilment"));
}
