use std::path::Path;

use testbed::Service;

fn fulfilment() -> Service {
    let program = Path::new(env!("CARGO_BIN_EXE_fulfilment"));
    Service::start(program, &[("QUARTET_DEMO_LATENCY", "on")])
}

#[test]
fn a_quote_is_priced_by_pieces_and_items() {
    let fulfilment = fulfilment();

    let asked =
        r#"{"version":"1","lines":[{"item_id":7,"quantity":31},{"item_id":8,"quantity":1}]}"#;
    let answer = fulfilment.json("POST", "/quotes", asked);

    assert_eq!(answer.status, 200, "{}", answer.text());
    let quote = r#"{"version":"1","shipping_cents":860,"carrier":"parcel"}"#;
    assert_eq!(answer.text(), quote);
}

#[test]
fn what_is_no_order_is_refused_by_name() {
    let fulfilment = fulfilment();
    let ask = |lines: &str| {
        let asked = format!(r#"{{"version":"1","lines":{lines}}}"#);
        fulfilment.json("POST", "/quotes", &asked)
    };

    let cases = [
        ("[]", "lines"),
        (r#"[{"item_id":0,"quantity":1}]"#, "lines[0].item_id"),
        (r#"[{"item_id":1,"quantity":1001}]"#, "lines[0].quantity"),
        (
            r#"[{"item_id":1,"quantity":1},{"item_id":1,"quantity":1}]"#,
            "lines[1].item_id",
        ),
    ];
    for (lines, field) in cases {
        let answer = ask(lines);
        assert_eq!(answer.status, 422, "{lines}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{lines}");
    }
    let unknown = fulfilment.json("POST", "/quotes", r#"{"version":"9","lines":[]}"#);
    assert_eq!(unknown.status, 422, "{}", unknown.text());
    assert_eq!(fulfilment.json("POST", "/quotes", "{").status, 400);
    let wrong_method = fulfilment.get("/quotes");
    assert_eq!(wrong_method.status, 405);
    assert_eq!(wrong_method.header("allow"), Some("POST"));
}

#[test]
fn the_probe_answers_and_a_quote_can_be_made_to_fail() {
    let fulfilment = fulfilment();
    assert_eq!(fulfilment.get("/health").json()["status"], "healthy");

    fulfilment.inflict("quote-errors", 100);
    let asked = r#"{"version":"1","lines":[{"item_id":7,"quantity":1}]}"#;
    let answer = fulfilment.json("POST", "/quotes", asked);

    assert_eq!(answer.status, 500);
    let labels = [("http_route", "/quotes"), ("error_type", "fault")];
    let failed = fulfilment
        .metrics()
        .sum("http_server_request_duration_seconds_count", &labels);
    assert_eq!(failed, 1.0);
}
