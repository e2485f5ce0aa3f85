use testbed::Service;
use wire::otlp::{Kind, Span};

use crate::world::Shop;

#[track_caller]
fn child<'a>(spans: &'a [Span], parent: &Span, kind: Kind, name: &str) -> &'a Span {
    let is_it = |span: &&Span| {
        span.parent_span_id.as_ref() == Some(&parent.span_id)
            && span.kind == kind
            && span.name == name
    };
    let found = spans.iter().find(is_it);
    found.unwrap_or_else(|| panic!("no {kind:?} {name} below {} in {spans:#?}", parent.name))
}

/// The spans of the trace that began with the one order.
fn trace_of_the_order(shop: &Shop) -> Vec<Span> {
    let consumer = |span: &Span| span.kind == Kind::Consumer;
    let trace = shop.sink.wait_for_span("the attempt", consumer).trace_id;
    let of_trace = |spans: &[Span]| -> Vec<Span> {
        let spans = spans.iter().filter(|span| span.trace_id == trace);
        spans.cloned().collect()
    };
    // The two services send each in its own time.
    let spans = shop.sink.wait_for_spans("the root", |spans| {
        let spans = of_trace(spans);
        let has = |name: &str| {
            spans
                .iter()
                .any(|span| span.name == name && span.kind == Kind::Server)
        };
        has("POST /api/orders") && has("POST /quotes")
    });
    of_trace(&spans)
}

fn fulfilment_and_shop() -> (Service, Shop) {
    let port = testbed::free_port();
    let shop = Shop::asking(&format!("http://127.0.0.1:{port}"));
    let address = format!("127.0.0.1:{port}");
    let fulfilment = shop.fulfilment(&[("QUARTET_HTTP_ADDRESS", &address)]);
    (fulfilment, shop)
}

#[test]
fn one_order_is_one_trace_through_both_services_and_the_queue() {
    let (fulfilment, shop) = fulfilment_and_shop();

    let order = shop.order();
    shop.wait_for_status(order, "done");
    let spans = trace_of_the_order(&shop);

    let roots: Vec<_> = spans
        .iter()
        .filter(|span| span.parent_span_id.is_none())
        .collect();
    let [post] = roots[..] else {
        panic!("{roots:#?}");
    };
    assert_eq!(
        (post.kind, post.name.as_str()),
        (Kind::Server, "POST /api/orders")
    );
    assert_eq!(post.service(), Some("api"));
    let ask = child(&spans, post, Kind::Client, "POST /quotes");
    assert_eq!(ask.text("peer.service"), Some("fulfilment"));
    let quote = child(&spans, ask, Kind::Server, "POST /quotes");
    assert_eq!(quote.service(), Some("fulfilment"));
    let send = child(&spans, post, Kind::Producer, "send orders");
    let number = order.to_string();
    assert_eq!(send.text("messaging.message.id"), Some(number.as_str()));
    let insert = child(&spans, send, Kind::Client, "INSERT orders");
    assert_eq!(insert.text("db.system.name"), Some(crate::database::SYSTEM));
    let process = child(&spans, send, Kind::Consumer, "process orders");
    assert_eq!(process.service(), Some("fulfilment"));
    assert_eq!(process.text("messaging.message.id"), Some(number.as_str()));
    assert_eq!(
        process.integer("messaging.message.delivery_attempt"),
        Some(1)
    );
    child(&spans, process, Kind::Internal, "ship");
    let ended = |span: &&Span| {
        span.kind == Kind::Client && span.parent_span_id.as_ref() == Some(&process.span_id)
    };
    let shipment = spans.iter().find(ended).unwrap();
    assert_eq!(shipment.text("db.collection.name"), Some("shipments"));
    fulfilment.process.wait_for_logged("the shipment", |line| {
        line.get("msg") == Some("shipped order 1")
    });
    for line in fulfilment.process.logged() {
        let text = line.get("msg").unwrap();
        let within = match text {
            "shipped order 1" => process,
            text if text.starts_with("quoted") => quote,
            _ => continue,
        };
        assert_eq!(line.get("trace_id"), Some(post.trace_id.as_str()), "{text}");
        assert_eq!(line.get("span_id"), Some(within.span_id.as_str()), "{text}");
        assert_eq!(line.get("sampled"), Some("true"), "{text}");
    }
    let told = |text: &str| {
        let lines = fulfilment.process.logged();
        lines
            .iter()
            .filter(|line| line.get("msg").is_some_and(|msg| msg.starts_with(text)))
            .count()
    };
    assert_eq!((told("shipped order"), told("quoted")), (1, 1));
}

#[test]
fn a_retry_is_a_root_of_its_own_with_a_link_to_the_sender() {
    let shop = Shop::open();
    let (fulfilment, _) = shop.ship_after_refusals();

    let spans = shop
        .sink
        .wait_for_spans("an attempt that succeeded", |spans| {
            spans
                .iter()
                .any(|span| span.kind == Kind::Consumer && span.text("error.type").is_none())
        });
    let attempt = |number| {
        let of = |span: &&Span| span.integer("messaging.message.delivery_attempt") == Some(number);
        spans.iter().find(of).unwrap()
    };
    let send = spans
        .iter()
        .find(|span| span.kind == Kind::Producer)
        .unwrap();
    let (first, second) = (attempt(1), attempt(2));
    assert_eq!(first.parent_span_id.as_ref(), Some(&send.span_id));
    assert_eq!(first.trace_id, send.trace_id);
    assert_eq!(first.text("error.type"), Some("carrier_refused"));
    assert_eq!(second.parent_span_id, None);
    assert_ne!(second.trace_id, send.trace_id);
    let links: Vec<_> = second
        .links
        .iter()
        .map(|link| (&link.trace_id, &link.span_id))
        .collect();
    assert_eq!(links, [(&send.trace_id, &send.span_id)]);
    let last = |line: &wire::logfmt::Line| line.get("msg") == Some("shipped order 1");
    let line = fulfilment.process.wait_for_logged("the shipment", last);
    let number = line.get("job.attempt").unwrap().parse().unwrap();
    assert_eq!(
        line.get("trace_id"),
        Some(attempt(number).trace_id.as_str())
    );
}
