// Sends what a small shop would, by the SDK as its documentation shows it, and prints the id of the trace.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type exporters struct {
	spans   sdktrace.SpanExporter
	metrics sdkmetric.Exporter
	logs    sdklog.Exporter
}

func main() {
	if err := send(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send(ctx context.Context) error {
	to, err := open(ctx, os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"))
	if err != nil {
		return err
	}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(to.spans))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(to.metrics)))
	loggers := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(to.logs)))
	id, err := sell(ctx, tracers.Tracer("shop"), meters.Meter("shop"), loggers.Logger("shop"))
	if err := errors.Join(err, tracers.Shutdown(ctx), meters.Shutdown(ctx), loggers.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Println(id)
	return nil
}

func open(ctx context.Context, protocol string) (to exporters, err error) {
	var spans, metrics, logs error
	if protocol == "grpc" {
		to.spans, spans = otlptracegrpc.New(ctx)
		to.metrics, metrics = otlpmetricgrpc.New(ctx)
		to.logs, logs = otlploggrpc.New(ctx)
	} else {
		to.spans, spans = otlptracehttp.New(ctx)
		to.metrics, metrics = otlpmetrichttp.New(ctx)
		to.logs, logs = otlploghttp.New(ctx)
	}
	return to, errors.Join(spans, metrics, logs)
}

func sell(ctx context.Context, tracer trace.Tracer, meter metric.Meter, logger log.Logger) (trace.TraceID, error) {
	sold, errSold := meter.Int64Counter("shop.sold", metric.WithUnit("{item}"), metric.WithDescription("Items that were sold"))
	queue, errQueue := meter.Int64UpDownCounter("shop.queue", metric.WithUnit("{order}"), metric.WithDescription("Orders that wait"))
	took, errTook := meter.Float64Histogram("shop.duration", metric.WithUnit("s"), metric.WithDescription("How long orders take"))
	_, errWarm := meter.Float64ObservableGauge("shop.temperature", metric.WithUnit("Cel"), metric.WithDescription("How warm it is"),
		metric.WithFloat64Callback(func(_ context.Context, observer metric.Float64Observer) error {
			observer.Observe(21.5)
			return nil
		}))
	if err := errors.Join(errSold, errQueue, errTook, errWarm); err != nil {
		return trace.TraceID{}, err
	}

	elsewhere := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    trace.TraceID{0x5b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36},
		SpanID:     trace.SpanID{0x10, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7},
		TraceFlags: trace.FlagsSampled,
	})
	ctx, order := tracer.Start(ctx, "POST /orders", trace.WithSpanKind(trace.SpanKindServer),
		trace.WithLinks(trace.Link{SpanContext: elsewhere, Attributes: []attribute.KeyValue{attribute.String("why", "retry")}}),
		trace.WithAttributes(
			attribute.String("http.route", "/orders"),
			attribute.Int("http.response.status_code", 500),
			attribute.Float64("ratio", 0.5),
			attribute.Bool("vip", true),
			attribute.StringSlice("tags", []string{"a", "b"}),
		))
	defer order.End()
	_, charge := tracer.Start(ctx, "charge", trace.WithSpanKind(trace.SpanKindClient))
	charge.AddEvent("declined", trace.WithAttributes(attribute.String("card", "<b>1</b>")))
	charge.End()
	order.SetStatus(codes.Error, "no money")

	bow := metric.WithAttributes(attribute.String("item", "bow"))
	sold.Add(ctx, 3, bow)
	queue.Add(ctx, -2)
	took.Record(ctx, 0.3, bow)
	var record log.Record
	record.SetSeverity(log.SeverityWarn)
	record.SetBody(attribute.StringValue("order refused"))
	record.AddAttributes(attribute.Int("order.id", 7))
	logger.Emit(ctx, record)
	return order.SpanContext().TraceID(), nil
}
