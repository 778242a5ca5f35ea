import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The OpenTelemetry SDK for Java, as programs/sdk.py: two traces of a session, whose ids it prints. */
public final class Program {
    private static final Map<String, String> IDS = new TreeMap<>();

    /** Reads the environment by itself: the SDK does so only in its autoconfiguration. */
    private static SpanExporter exporter() {
        String endpoint = System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT");
        String compression = System.getenv().getOrDefault("OTEL_EXPORTER_OTLP_COMPRESSION", "none");
        if ("grpc".equals(System.getenv("OTEL_EXPORTER_OTLP_PROTOCOL"))) {
            return OtlpGrpcSpanExporter.builder().setEndpoint(endpoint).setCompression(compression).build();
        }
        return OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint + "/v1/traces")
                .setCompression(compression)
                .build();
    }

    private static Attributes whose(String user) {
        return Attributes.builder()
                .put("session.id", "sess-42")
                .put("user.id", user)
                .put("tags", "beta", "weather")
                .put("metadata.plan", "pro")
                .put("metadata.city", "Zürich ☂")
                .put("metadata.seats", 3)
                .put("metadata.share", 0.5)
                .put("metadata.trial", true)
                .put(AttributeKey.longArrayKey("metadata.rooms"), List.of(1L, 2L))
                .build();
    }

    private static void note(String name, Span span) {
        var context = span.getSpanContext();
        IDS.put(name, String.format("[\"%s\", \"%s\"]", context.getTraceId(), context.getSpanId()));
    }

    public static void main(String[] arguments) {
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .addSpanProcessor(BatchSpanProcessor.builder(exporter()).build())
                .build();
        Tracer tracer = provider.get("app");

        Span forecast = tracer.spanBuilder("forecast")
                .setSpanKind(SpanKind.SERVER)
                .setAllAttributes(whose("user-7"))
                .startSpan();
        try (Scope scope = forecast.makeCurrent()) {
            Span call = tracer.spanBuilder("call")
                    .setSpanKind(SpanKind.CLIENT)
                    .setAttribute("gen_ai.operation.name", "chat")
                    .setAttribute("gen_ai.request.model", "gpt-4o-mini")
                    .setAttribute("gen_ai.usage.input_tokens", 30)
                    .setAttribute("gen_ai.usage.output_tokens", 12)
                    .startSpan();
            note("call", call);
            call.addEvent("asked", Attributes.of(AttributeKey.stringKey("of"), "Paris"));
            call.end();
        }
        note("forecast", forecast);
        forecast.end();
        Span summary = tracer.spanBuilder("summary")
                .setAllAttributes(whose("user-8"))
                .addLink(forecast.getSpanContext())
                .startSpan();
        note("summary", summary);
        summary.recordException(new IllegalStateException("no umbrella"));
        summary.setStatus(StatusCode.ERROR, "no umbrella");
        summary.end();

        CompletableResultCode ended = provider.shutdown().join(30, TimeUnit.SECONDS);
        if (!ended.isSuccess()) {
            throw new IllegalStateException("the SDK did not end well", ended.getFailureThrowable());
        }
        System.out.println(IDS.entrySet().stream()
                .map(each -> String.format("\"%s\": %s", each.getKey(), each.getValue()))
                .collect(Collectors.joining(", ", "{", "}")));
    }
}
