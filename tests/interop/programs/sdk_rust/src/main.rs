//! The OpenTelemetry SDK for Rust, as programs/sdk.py: two traces of a session, whose ids it prints.

use opentelemetry::trace::{
    Link, Span, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::error::Error;

fn whose(user: &'static str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("session.id", "sess-42"),
        KeyValue::new("user.id", user),
        KeyValue::new("tags", Value::Array(Array::String(vec!["beta".into(), "weather".into()]))),
        KeyValue::new("metadata.plan", "pro"),
        KeyValue::new("metadata.city", "Zürich ☂"),
        KeyValue::new("metadata.seats", 3),
        KeyValue::new("metadata.share", 0.5),
        KeyValue::new("metadata.trial", true),
        KeyValue::new("metadata.rooms", Value::Array(Array::I64(vec![1, 2]))),
    ]
}

fn noted(name: &str, context: &SpanContext) -> String {
    format!("\"{name}\": [\"{}\", \"{}\"]", context.trace_id(), context.span_id())
}

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Runtime::new()?; // gRPC needs one; HTTP blocks, on a thread of the SDK's own
    let entered = runtime.enter();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(SpanExporter::builder().build()?)
        .build();
    drop(entered);
    let tracer = provider.tracer("app");

    let forecast = tracer
        .span_builder("forecast")
        .with_kind(SpanKind::Server)
        .with_attributes(whose("user-7"))
        .start(&tracer);
    let inside = Context::new().with_span(forecast);
    let mut call = tracer
        .span_builder("call")
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.request.model", "gpt-4o-mini"),
            KeyValue::new("gen_ai.usage.input_tokens", 30),
            KeyValue::new("gen_ai.usage.output_tokens", 12),
        ])
        .start_with_context(&tracer, &inside);
    call.add_event("asked", vec![KeyValue::new("of", "Paris")]);
    call.end();
    let forecast = inside.span();
    forecast.end();
    let mut summary = tracer
        .span_builder("summary")
        .with_attributes(whose("user-8"))
        .with_links(vec![Link::with_context(forecast.span_context().clone())])
        .start(&tracer);
    summary.record_error(&std::io::Error::other("no umbrella"));
    summary.set_status(Status::error("no umbrella"));
    summary.end();

    provider.shutdown()?;
    println!(
        "{{{}, {}, {}}}",
        noted("forecast", forecast.span_context()),
        noted("call", call.span_context()),
        noted("summary", summary.span_context())
    );
    Ok(())
}
