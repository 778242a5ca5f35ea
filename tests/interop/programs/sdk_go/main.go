// The OpenTelemetry SDK for Go, as programs/sdk.py: two traces of a session, whose ids it prints.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// exporter reads all but its protocol from the environment.
func exporter(ctx context.Context) (*otlptrace.Exporter, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}

func whose(user string) trace.SpanStartOption {
	return trace.WithAttributes(
		attribute.String("session.id", "sess-42"),
		attribute.String("user.id", user),
		attribute.StringSlice("tags", []string{"beta", "weather"}),
		attribute.String("metadata.plan", "pro"),
		attribute.String("metadata.city", "Zürich ☂"),
		attribute.Int("metadata.seats", 3),
		attribute.Float64("metadata.share", 0.5),
		attribute.Bool("metadata.trial", true),
		attribute.Int64Slice("metadata.rooms", []int64{1, 2}),
	)
}

func main() {
	ctx := context.Background()
	made, err := exporter(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(made))
	tracer := provider.Tracer("app")
	ids := map[string][2]string{}
	note := func(name string, span trace.Span) {
		ids[name] = [2]string{span.SpanContext().TraceID().String(), span.SpanContext().SpanID().String()}
	}

	inside, forecast := tracer.Start(ctx, "forecast", whose("user-7"), trace.WithSpanKind(trace.SpanKindServer))
	_, call := tracer.Start(inside, "call", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.request.model", "gpt-4o-mini"),
		attribute.Int("gen_ai.usage.input_tokens", 30),
		attribute.Int("gen_ai.usage.output_tokens", 12),
	))
	call.AddEvent("asked", trace.WithAttributes(attribute.String("of", "Paris")))
	call.End()
	forecast.End()
	_, summary := tracer.Start(ctx, "summary", whose("user-8"), trace.WithLinks(trace.LinkFromContext(inside)))
	summary.RecordError(errors.New("no umbrella"))
	summary.SetStatus(codes.Error, "no umbrella")
	summary.End()
	note("forecast", forecast)
	note("call", call)
	note("summary", summary)

	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(ids); err != nil {
		log.Fatal(err)
	}
}
