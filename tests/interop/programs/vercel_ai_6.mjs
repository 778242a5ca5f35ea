// The Vercel AI SDK: whose a call is stands in its telemetry's metadata. EXPORTER says how spans go: "proto" or "json".
import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const exporter = process.env.EXPORTER === "json" ? new JsonExporter() : new ProtoExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
provider.register();

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const model = openai.chat("gpt-4o-mini");
const prompt = "What is the weather in Paris?";
const telemetry = (functionId, userId) => ({
  isEnabled: true,
  functionId,
  metadata: { sessionId: "sess-42", userId, tags: ["beta", "weather"], plan: "pro" },
});

await generateText({
  model,
  system: "You know the weather.",
  prompt,
  temperature: 0.2,
  tools: {
    get_weather: tool({
      description: "Tell the weather of a city.",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => `${city}: sunny, 21 degrees`,
    }),
  },
  stopWhen: stepCountIs(3),
  experimental_telemetry: telemetry("forecast", "user-7"),
});

const streamed = streamText({ model, prompt, experimental_telemetry: telemetry("summary", "user-8") });
for await (const _ of streamed.textStream);

try {
  await generateText({ model, prompt: "FAIL", maxRetries: 0, experimental_telemetry: telemetry("failure", "user-8") });
  process.exitCode = 1;
} catch {
  // refused, as it was to be
}

await embed({
  model: openai.textEmbeddingModel("text-embedding-3-small"),
  value: "Paris",
  experimental_telemetry: telemetry("embedding", "user-8"),
});
await provider.shutdown();
