// Sends what a small shop would, by the SDK as its documentation shows it, and prints the id of the trace.

import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { defaultResource, detectResources, envDetector } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const packages = { grpc: "grpc", "http/protobuf": "proto", "http/json": "http" };
const suffix = packages[process.env.OTEL_EXPORTER_OTLP_PROTOCOL];
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${suffix}`);
const { OTLPMetricExporter } = await import(`@opentelemetry/exporter-metrics-otlp-${suffix}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${suffix}`);

const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }));
const tracers = new NodeTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
tracers.register();
const meters = new MeterProvider({
  resource,
  readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
});
const loggers = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
});

const traceId = sell(tracers.getTracer("shop"), meters.getMeter("shop"), loggers.getLogger("shop"));

await tracers.shutdown();
await meters.shutdown();
await loggers.shutdown();
console.log(traceId);

function sell(tracer, meter, logger) {
  const sold = meter.createCounter("shop.sold", { unit: "{item}", description: "Items that were sold" });
  const queue = meter.createUpDownCounter("shop.queue", { unit: "{order}", description: "Orders that wait" });
  const took = meter.createHistogram("shop.duration", { unit: "s", description: "How long orders take" });
  const warm = meter.createObservableGauge("shop.temperature", { unit: "Cel", description: "How warm it is" });
  warm.addCallback((result) => result.observe(21.5));
  const elsewhere = {
    traceId: "5bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "10f067aa0ba902b7",
    traceFlags: TraceFlags.SAMPLED,
  };
  const options = {
    kind: SpanKind.SERVER,
    links: [{ context: elsewhere, attributes: { why: "retry" } }],
    attributes: { "http.route": "/orders", "http.response.status_code": 500, ratio: 0.5, vip: true, tags: ["a", "b"] },
  };
  return tracer.startActiveSpan("POST /orders", options, (order) => {
    const charge = tracer.startSpan("charge", { kind: SpanKind.CLIENT });
    charge.addEvent("declined", { card: "<b>1</b>" });
    charge.end();
    order.setStatus({ code: SpanStatusCode.ERROR, message: "no money" });
    sold.add(3, { item: "bow" });
    queue.add(-2);
    took.record(0.3, { item: "bow" });
    logger.emit({ severityNumber: SeverityNumber.WARN, body: "order refused", attributes: { "order.id": 7 } });
    order.end();
    return order.spanContext().traceId;
  });
}
