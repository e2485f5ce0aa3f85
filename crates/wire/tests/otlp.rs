//! OTLP: what an encoder of the protocol's own definitions writes is read back.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as proto;
use proptest::prelude::*;
use prost::Message;
use wire::otlp::{Attributes, Error, Event, Kind, Link, Span, Status, Value, decode};

fn encode(spans: &[Span]) -> Vec<u8> {
    let resource_spans = spans.iter().map(|span| proto::ResourceSpans {
        resource: Some(Resource {
            attributes: encode_attributes(&span.resource),
            ..Resource::default()
        }),
        scope_spans: vec![proto::ScopeSpans {
            scope: Some(InstrumentationScope {
                name: span.scope.clone(),
                ..InstrumentationScope::default()
            }),
            spans: vec![encode_span(span)],
            ..proto::ScopeSpans::default()
        }],
        ..proto::ResourceSpans::default()
    });
    let resource_spans = resource_spans.collect();
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn encode_span(span: &Span) -> proto::Span {
    proto::Span {
        trace_id: bytes(&span.trace_id),
        span_id: bytes(&span.span_id),
        trace_state: span.trace_state.clone(),
        parent_span_id: span.parent_span_id.as_deref().map_or_else(Vec::new, bytes),
        flags: span.flags,
        name: span.name.clone(),
        kind: match span.kind {
            Kind::Unspecified => 0,
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
            Kind::Producer => 4,
            Kind::Consumer => 5,
        },
        start_time_unix_nano: span.start_unix_nanos,
        end_time_unix_nano: span.end_unix_nanos,
        attributes: encode_attributes(&span.attributes),
        dropped_attributes_count: span.dropped_attributes,
        events: span.events.iter().map(encode_event).collect(),
        dropped_events_count: span.dropped_events,
        links: span.links.iter().map(encode_link).collect(),
        dropped_links_count: span.dropped_links,
        status: Some(match &span.status {
            Status::Unset => proto::Status::default(),
            Status::Ok => status(1, ""),
            Status::Error(message) => status(2, message),
        }),
    }
}

fn status(code: i32, message: &str) -> proto::Status {
    let message = message.to_owned();
    proto::Status { message, code }
}

fn encode_event(event: &Event) -> proto::span::Event {
    proto::span::Event {
        time_unix_nano: event.unix_nanos,
        name: event.name.clone(),
        attributes: encode_attributes(&event.attributes),
        dropped_attributes_count: event.dropped_attributes,
    }
}

fn encode_link(link: &Link) -> proto::span::Link {
    proto::span::Link {
        trace_id: bytes(&link.trace_id),
        span_id: bytes(&link.span_id),
        trace_state: link.trace_state.clone(),
        attributes: encode_attributes(&link.attributes),
        dropped_attributes_count: link.dropped_attributes,
        flags: 0,
    }
}

fn encode_attributes(attributes: &Attributes) -> Vec<KeyValue> {
    let pairs = attributes.iter();
    pairs
        .map(|(key, value)| pair(key, encode_value(value)))
        .collect()
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(value),
        ..KeyValue::default()
    }
}

fn encode_value(value: &Value) -> AnyValue {
    let value = match value {
        Value::Empty => None,
        Value::Text(text) => Some(any_value::Value::StringValue(text.clone())),
        Value::Integer(integer) => Some(any_value::Value::IntValue(*integer)),
        Value::Real(real) => Some(any_value::Value::DoubleValue(*real)),
        Value::Boolean(boolean) => Some(any_value::Value::BoolValue(*boolean)),
        Value::Bytes(bytes) => Some(any_value::Value::BytesValue(bytes.clone())),
        Value::List(values) => Some(any_value::Value::ArrayValue(ArrayValue {
            values: values.iter().map(encode_value).collect(),
        })),
        Value::Map(map) => Some(any_value::Value::KvlistValue(KeyValueList {
            values: encode_attributes(map),
        })),
    };
    AnyValue { value }
}

fn bytes(id: &str) -> Vec<u8> {
    let digits = id.as_bytes().chunks(2);
    digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("digits");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Empty),
        any::<String>().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        (-1e300..1e300).prop_map(Value::Real),
        any::<bool>().prop_map(Value::Boolean),
        any::<Vec<u8>>().prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            prop::collection::btree_map(any::<String>(), inner, 0..3).prop_map(Value::Map),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    prop::collection::btree_map("[a-z.]{0,8}", values(), 0..4)
}

fn trace_ids() -> impl Strategy<Value = String> {
    (1..=u128::MAX).prop_map(|id| format!("{id:032x}"))
}

fn span_ids() -> impl Strategy<Value = String> {
    (1..=u64::MAX).prop_map(|id| format!("{id:016x}"))
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Unspecified),
        Just(Kind::Internal),
        Just(Kind::Server),
        Just(Kind::Client),
        Just(Kind::Producer),
        Just(Kind::Consumer),
    ]
}

fn statuses() -> impl Strategy<Value = Status> {
    prop_oneof![
        Just(Status::Unset),
        Just(Status::Ok),
        any::<String>().prop_map(Status::Error),
    ]
}

prop_compose! {
    fn events()(
        name in any::<String>(),
        unix_nanos in any::<u64>(),
        attributes in attributes(),
        dropped_attributes in any::<u32>(),
    ) -> Event {
        Event { name, unix_nanos, attributes, dropped_attributes }
    }
}

prop_compose! {
    fn links()(
        trace_id in trace_ids(),
        span_id in span_ids(),
        trace_state in any::<String>(),
        attributes in attributes(),
        dropped_attributes in any::<u32>(),
    ) -> Link {
        Link { trace_id, span_id, trace_state, attributes, dropped_attributes }
    }
}

prop_compose! {
    fn spans()(
        (trace_id, span_id, parent_span_id) in (trace_ids(), span_ids(), prop::option::of(span_ids())),
        (trace_state, flags, name, kind) in (any::<String>(), any::<u32>(), any::<String>(), kinds()),
        (start_unix_nanos, end_unix_nanos) in any::<(u64, u64)>(),
        (dropped_attributes, dropped_events, dropped_links) in any::<(u32, u32, u32)>(),
        attributes in attributes(),
        events in prop::collection::vec(events(), 0..3),
        links in prop::collection::vec(links(), 0..3),
        status in statuses(),
        resource in attributes(),
        scope in any::<String>(),
    ) -> Span {
        Span {
            trace_id, span_id, parent_span_id, trace_state, flags, name, kind,
            start_unix_nanos, end_unix_nanos, attributes, repeated_attributes: Vec::new(),
            dropped_attributes, events, dropped_events, links, dropped_links,
            status, resource, scope,
        }
    }
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(spans in prop::collection::vec(spans(), 0..4)) {
        prop_assert_eq!(decode(&encode(&spans)).expect("valid"), spans);
    }

    #[test]
    fn a_request_cut_short_is_an_error(span in spans(), cut in any::<prop::sample::Index>()) {
        let whole = encode(&[span]);
        // Nothing at all is a valid request without spans.
        let length = 1 + cut.index(whole.len() - 1);

        prop_assert!(matches!(decode(&whole[..length]), Err(Error::Protobuf(_))));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in any::<Vec<u8>>()) {
        let _ = decode(&bytes);
    }

    #[test]
    fn damaged_requests_do_not_panic(
        span in spans(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&[span]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode(&bytes);
    }
}

/// The smallest valid span.
fn minimal() -> proto::Span {
    proto::Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "GET /".to_owned(),
        ..proto::Span::default()
    }
}

fn decode_one(span: proto::Span) -> Result<Span, Error> {
    let scope_spans = vec![proto::ScopeSpans {
        spans: vec![span],
        ..proto::ScopeSpans::default()
    }];
    let resource_spans = vec![proto::ResourceSpans {
        scope_spans,
        ..proto::ResourceSpans::default()
    }];
    let mut spans = wire::otlp::spans(ExportTraceServiceRequest { resource_spans })?;
    Ok(spans.remove(0))
}

fn error(change: impl FnOnce(&mut proto::Span)) -> String {
    let mut span = minimal();
    change(&mut span);
    decode_one(span).expect_err("broken").to_string()
}

#[test]
fn a_span_needs_neither_resource_nor_scope() {
    let span = decode_one(minimal()).expect("valid");

    assert_eq!(span.trace_id, "01010101010101010101010101010101");
    assert_eq!(span.span_id, "0202020202020202");
    assert_eq!(
        (span.service(), span.parent_span_id.as_deref()),
        (None, None)
    );
}

#[test]
fn an_identifier_of_a_wrong_length_or_of_zeros_is_named() {
    assert_eq!(
        error(|span| span.trace_id = vec![1; 15]),
        r#"trace id of span "GET /" must be 16 bytes, not all of them zero, and is "010101010101010101010101010101""#
    );
    assert_eq!(
        error(|span| span.span_id = vec![0; 8]),
        r#"span id of span "GET /" must be 8 bytes, not all of them zero, and is "0000000000000000""#
    );
    assert_eq!(
        error(|span| span.parent_span_id = vec![3]),
        r#"parent span id of span "GET /" must be 8 bytes, not all of them zero, and is "03""#
    );
    assert_eq!(
        error(|span| span.links.push(proto::span::Link::default())),
        r#"trace id of a link of span "GET /" must be 16 bytes, not all of them zero, and is """#
    );
}

#[test]
fn a_number_without_a_meaning_is_named() {
    assert_eq!(
        error(|span| span.kind = 6),
        r#"kind of span "GET /" is 6, which has no meaning"#
    );
    assert_eq!(
        error(|span| span.status = Some(status(3, ""))),
        r#"status code of span "GET /" is 3, which has no meaning"#
    );
}

#[test]
fn a_repeated_attribute_is_told() {
    let mut span = minimal();
    span.attributes = [1, 2, 3]
        .map(|value| pair("a", encode_value(&Value::Integer(value))))
        .to_vec();

    let span = decode_one(span).expect("valid");

    assert_eq!(span.integer("a"), Some(3));
    assert_eq!(span.repeated_attributes, ["a"]);
}
