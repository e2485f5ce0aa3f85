use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tonic::Code;
use tonic::codec::CompressionEncoding;

use crate::world::{Console, request, span};

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

#[test]
fn spans_come_over_grpc_packed_and_plain_and_too_many_are_refused() {
    let console = Console::start_with(&[("QUARTET_CONSOLE_MAX_PUSH_BYTES", "65536")]);
    let address = format!("http://{}", console.receiver("otlp-grpc"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();

    let (partial, refusal) = runtime.block_on(async {
        let mut plain = TraceServiceClient::connect(address).await.unwrap();
        let mut packed = plain.clone().send_compressed(CompressionEncoding::Gzip);
        let mut broken = span(TRACE, 9, 0, "broken");
        broken.span_id.clear();
        plain
            .export(request("api", vec![span(TRACE, 1, 0, "root")]))
            .await
            .unwrap();
        let partial = packed
            .export(request("api", vec![span(TRACE, 2, 1, "child"), broken]))
            .await
            .unwrap();
        let many = (10..5_000).map(|own| span(TRACE, own, 1, "one of many"));
        let refusal = plain
            .export(request("api", many.collect()))
            .await
            .unwrap_err();
        (partial.into_inner().partial_success.unwrap(), refusal)
    });

    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("span id"), "{partial:?}");
    assert_eq!(refusal.code(), Code::OutOfRange, "{refusal:?}");
    let trace = console.ask("/api/v1/traces/4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(trace["summary"]["spans"], 2);
    assert_eq!(trace["summary"]["is_whole"], true);
}
