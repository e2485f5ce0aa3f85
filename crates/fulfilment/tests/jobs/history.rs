use testbed::{PATIENCE, eventually};

use crate::world::{Shop, jobs};

#[test]
fn jobs_that_ended_long_ago_are_forgotten_and_their_orders_are_not() {
    let shop = Shop::open();
    let first = shop.fulfilment(&[]);
    let order = shop.order();
    shop.wait_for_status(order, "done");
    first.process.terminate();
    first.process.wait(PATIENCE);

    shop.database.tamper("update jobs set ended_at = 1");
    shop.database.tamper("update orders set updated_at = 1");
    let next = shop.fulfilment(&[("QUARTET_JOB_RETENTION_HOURS", "1")]);

    eventually("the job is forgotten", || jobs(&next, "done").is_empty());
    let line = next.process.wait_for_logged("the pruning", |line| {
        line.get("msg") == Some("pruned the history of jobs")
    });
    assert_eq!(line.get("jobs"), Some("1"));
    assert!(line.get("trace_id").is_none(), "{line:?}");
    assert_eq!(shop.order_status(order), "done");
}
