// The Vercel AI SDK 7 with its OpenTelemetry package: whose a call is stands in the runtime context, which is opened
// key by key.
import { createOpenAI } from "@ai-sdk/openai";
import { OpenTelemetry } from "@ai-sdk/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, isStepCount, registerTelemetry, streamText, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
registerTelemetry(new OpenTelemetry({ runtimeContext: true, usage: true }));

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const model = openai.chat("gpt-4o-mini");
const prompt = "What is the weather in Paris?";
const whose = (functionId, userId) => ({
  runtimeContext: { sessionId: "sess-42", userId, tags: ["beta", "weather"], plan: "pro", secret: "not to be sent" },
  telemetry: { functionId, includeRuntimeContext: { sessionId: true, userId: true, tags: true, plan: true } },
});

await generateText({
  model,
  instructions: "You know the weather.",
  prompt,
  temperature: 0.2,
  tools: {
    get_weather: tool({
      description: "Tell the weather of a city.",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => `${city}: sunny, 21 degrees`,
    }),
  },
  stopWhen: isStepCount(3),
  ...whose("forecast", "user-7"),
});

const streamed = streamText({ model, prompt, ...whose("summary", "user-8") });
for await (const _ of streamed.textStream);

await embed({ model: openai.embeddingModel("text-embedding-3-small"), value: "Paris" });
await provider.shutdown();
