// The OpenTelemetry SDK for JavaScript, as sdk.py: two traces of a session, whose ids it prints.
import { context, diag, DiagConsoleLogger, DiagLogLevel, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
const packages = { grpc: "grpc", "http/protobuf": "proto", "http/json": "http" };
const { OTLPTraceExporter } = await import(
  `@opentelemetry/exporter-trace-otlp-${packages[process.env.OTEL_EXPORTER_OTLP_PROTOCOL]}`
);
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const tracer = provider.getTracer("app");

const ids = {};
const note = (name, span) => {
  const { traceId, spanId } = span.spanContext();
  ids[name] = [traceId, spanId];
};
const whose = (user) => ({
  "session.id": "sess-42",
  "user.id": user,
  tags: ["beta", "weather"],
  "metadata.plan": "pro",
  "metadata.city": "Zürich ☂",
  "metadata.seats": 3,
  "metadata.share": 0.5,
  "metadata.trial": true,
  "metadata.rooms": [1, 2],
});

const forecast = tracer.startSpan("forecast", { kind: SpanKind.SERVER, attributes: whose("user-7") });
context.with(trace.setSpan(context.active(), forecast), () => {
  const call = tracer.startSpan("call", {
    kind: SpanKind.CLIENT,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "gpt-4o-mini",
      "gen_ai.usage.input_tokens": 30,
      "gen_ai.usage.output_tokens": 12,
    },
  });
  note("call", call);
  call.addEvent("asked", { of: "Paris" });
  call.end();
});
note("forecast", forecast);
forecast.end();
const summary = tracer.startSpan("summary", {
  attributes: whose("user-8"),
  links: [{ context: forecast.spanContext() }],
});
note("summary", summary);
summary.recordException(new Error("no umbrella"));
summary.setStatus({ code: SpanStatusCode.ERROR, message: "no umbrella" });
summary.end();
await provider.shutdown();
console.log(JSON.stringify(ids));
