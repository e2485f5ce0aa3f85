use testbed::eventually;

use crate::world::{Shop, jobs};

#[test]
fn jobs_are_listed_by_state_a_page_at_a_time() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[("QUARTET_JOB_WORKERS", "0")]);
    let orders: Vec<_> = (0..3).map(|_| shop.order()).collect();

    let first = fulfilment.operate("GET", "/jobs?limit=2", "").json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = fulfilment.operate("GET", &format!("/jobs?limit=2&cursor={cursor}"), "");
    let second = second.json();

    let pages = [&first, &second].map(|page| page["jobs"].as_array().unwrap().clone());
    let mut listed: Vec<_> = pages
        .concat()
        .iter()
        .map(|job| job["order_id"].as_i64().unwrap())
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, orders);
    assert!(second["next_cursor"].is_null());
    assert_eq!(jobs(&fulfilment, "ready").len(), 3);
    assert!(jobs(&fulfilment, "done").is_empty());
    let job = &first["jobs"][0];
    assert_eq!(
        (&job["state"], &job["attempts"]),
        (&"ready".into(), &0.into())
    );
    assert!(job["due_at"].as_str().unwrap().ends_with('Z'), "{job}");
    let depth = [("state", "ready")];
    eventually("the queue shows them", || {
        fulfilment.metrics().value("job_queue_depth", &depth) == Some(3.0)
    });
}

#[test]
fn what_is_asked_wrongly_is_refused_by_name() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[]);
    let ask = |method, path| {
        let answer = fulfilment.operate(method, path, "");
        (
            answer.status,
            answer.json()["code"].as_str().unwrap().to_owned(),
        )
    };

    let invalid = |what: &str| (400, what.to_owned());
    for path in [
        "/jobs?state=lost",
        "/jobs?limit=0",
        "/jobs?cursor=x",
        "/jobs?page=2",
    ] {
        assert_eq!(ask("GET", path), invalid("invalid_parameter"), "{path}");
    }
    for path in ["/jobs/x/revive", "/jobs/0/revive"] {
        assert_eq!(ask("POST", path), invalid("invalid_parameter"), "{path}");
    }
    assert_eq!(ask("POST", "/jobs/7/revive"), (404, "not_found".to_owned()));
    assert_eq!(ask("GET", "/jobs/7/revive").0, 405);
}

#[test]
fn the_queue_is_not_for_the_public() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[]);

    assert_eq!(fulfilment.get("/jobs").status, 404);
    assert_eq!(fulfilment.json("POST", "/jobs/1/revive", "").status, 404);
}
