// The Langfuse JavaScript SDK with its OpenAI wrapper.
import { observeOpenAI } from "@langfuse/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";

const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
provider.register();

const openai = observeOpenAI(new OpenAI());
const model = "gpt-4o-mini";
const question = { role: "user", content: "What is the weather in Paris?" };
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ type: "function", function: { name: "get_weather", parameters } }];

const whose = { sessionId: "sess-42", userId: "user-7", tags: ["beta", "weather"], metadata: { plan: "pro" } };
await propagateAttributes(whose, () =>
  startActiveObservation(
    "forecast",
    async (agent) => {
      const messages = [{ role: "system", content: "You know the weather." }, question];
      const asked = await openai.chat.completions.create({ model, messages, tools, temperature: 0.2 });
      const said = asked.choices[0].message;
      messages.push(said);
      for (const call of said.tool_calls) {
        const input = JSON.parse(call.function.arguments);
        const tool = startObservation(call.function.name, { input }, { asType: "tool" });
        const content = `${input.city}: sunny, 21 degrees`;
        tool.update({ output: content }).end();
        messages.push({ role: "tool", tool_call_id: call.id, content });
      }
      const answered = await openai.chat.completions.create({ model, messages, tools });
      agent.update({ input: question.content, output: answered.choices[0].message.content });
    },
    { asType: "agent" },
  ),
);

await propagateAttributes({ sessionId: "sess-42", userId: "user-8" }, () =>
  startActiveObservation("summary", async () => {
    const stream = await openai.chat.completions.create({
      model,
      messages: [question],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
    try {
      await openai.chat.completions.create({ model, messages: [{ role: "user", content: "FAIL" }] });
      process.exitCode = 1;
    } catch (error) {
      if (!(error instanceof OpenAI.BadRequestError)) throw error;
    }
  }),
);
await provider.shutdown();
