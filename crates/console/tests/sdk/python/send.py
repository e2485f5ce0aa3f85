"""Sends what a small shop would, by the SDK as its documentation shows it, and prints the id of the trace."""

import logging
import os

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter


def main() -> None:
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
    loggers = LoggerProvider()
    loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    logger = logging.getLogger("shop")
    logger.addHandler(LoggingHandler(logger_provider=loggers))

    trace_id = sell(tracers.get_tracer("shop"), meters.get_meter("shop"), logger)

    tracers.shutdown()
    meters.shutdown()
    loggers.shutdown()
    print(trace_id)


def sell(tracer: trace.Tracer, meter: metrics.Meter, logger: logging.Logger) -> str:
    sold = meter.create_counter("shop.sold", "{item}", "Items that were sold")
    queue = meter.create_up_down_counter("shop.queue", "{order}", "Orders that wait")
    took = meter.create_histogram("shop.duration", "s", "How long orders take")
    meter.create_observable_gauge("shop.temperature", [temperature], "Cel", "How warm it is")
    elsewhere = SpanContext(0x5BF92F3577B34DA6A3CE929D0E0E4736, 0x10F067AA0BA902B7, True, TraceFlags(1))

    attributes = {"http.route": "/orders", "http.response.status_code": 500, "ratio": 0.5, "vip": True, "tags": ["a", "b"]}
    with tracer.start_as_current_span(
        "POST /orders", kind=SpanKind.SERVER, links=[Link(elsewhere, {"why": "retry"})], attributes=attributes
    ) as order:
        with tracer.start_as_current_span("charge", kind=SpanKind.CLIENT) as charge:
            charge.add_event("declined", {"card": "<b>1</b>"})
        order.set_status(Status(StatusCode.ERROR, "no money"))
        sold.add(3, {"item": "bow"})
        queue.add(-2)
        took.record(0.3, {"item": "bow"})
        logger.warning("order refused", extra={"order.id": 7})
        return format(order.get_span_context().trace_id, "032x")


def temperature(_options: CallbackOptions) -> list[Observation]:
    return [Observation(21.5)]


main()
