use crate::database::Database;
use testbed::eventually;

use crate::world::{Shop, attempts};

fn ready(fulfilment: &testbed::Service) -> u16 {
    let answer = testbed::http::get(fulfilment.operations, "/health/ready");
    answer.unwrap().status
}

#[test]
fn a_server_that_dies_under_work_loses_and_doubles_nothing() {
    let shop = Shop::on(Database::alone());
    let variables = [("QUARTET_JOB_WORKERS", "4"), ("QUARTET_LEASE_MS", "1000")];
    let fulfilment = shop.fulfilment(&variables);
    // An attempt outlives a server that is back before its lease is over: it must not take longer than we wait.
    fulfilment.inflict("latency", 10_000);
    let orders: Vec<_> = (0..12).map(|_| shop.order()).collect();
    eventually("workers are busy", || {
        fulfilment.metrics().value("job_workers_busy", &[]) == Some(4.0)
    });

    shop.database.server().kill();
    eventually("readiness tells", || ready(&fulfilment) == 503);
    fulfilment.relieve("latency");
    shop.database.server().start_again();

    for order in orders {
        shop.wait_for_status(order, "done");
    }
    eventually("readiness tells again", || ready(&fulfilment) == 200);
    let shipped = shop
        .database
        .ask("select count(*), count(distinct order_id) from shipments");
    assert_eq!(shipped, "12|12");
    assert_eq!(shop.stock(), 88);
}

#[test]
fn a_job_is_taken_as_soon_as_it_is_there() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[]);

    for done in 1..=10 {
        let order = shop.order();
        shop.wait_for_status(order, "done");
        eventually("it is counted", || {
            attempts(&fulfilment, "done") == f64::from(done)
        });
    }

    let metrics = fulfilment.metrics();
    let waited = metrics.value("job_wait_seconds_sum", &[]).unwrap();
    // Ten looks at the interval of polling would be half of five seconds.
    assert!(waited < 1.0, "{waited} s for ten jobs");
}
