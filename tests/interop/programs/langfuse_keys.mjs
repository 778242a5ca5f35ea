// A Langfuse SDK for JavaScript with keys: what it may say and see with those that it has.
import { readFileSync } from "node:fs";
import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startObservation } from "@langfuse/tracing";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const log = [];
const keep = (level) => (...said) => log.push(`${level} ${said.map(String).join(" ")}`);
for (const level of ["debug", "info", "log", "warn", "error"]) console[level] = keep(level);
diag.setLogger({ error: keep("error"), warn: keep("warn"), info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

const own = JSON.parse(readFileSync(new URL("node_modules/@langfuse/client/package.json", import.meta.url)));
const VERSION = Number(own.version.split(".")[0]);

const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
provider.register();
const langfuse = new LangfuseClient();

const seen = { log };
try {
  seen.projects = (await langfuse.api.projects.get()).data.map((project) => project.name);
  seen.auth = true;
} catch (error) {
  seen.auth = [error.statusCode, error.body];
}

const root = startObservation("sale");
langfuse.score.trace(root, { name: "won", value: 1 });
root.end();
await provider.forceFlush().catch(keep("thrown"));
await langfuse.flush();
seen.trace = root.traceId;
if (seen.auth === true) {
  seen.url = await langfuse.getTraceUrl(root.traceId);
  const { observationsV2, observations, scoreV2, scores } = langfuse.api;
  seen.observations = (await (VERSION === 4 ? observationsV2 : observations).getMany()).data.map((each) => each.name);
  seen.scores = (await (VERSION === 4 ? scoreV2.get() : scores.getMany())).data.map((each) => each.name);
}
await langfuse.shutdown();
await provider.shutdown().catch(keep("thrown"));
process.stdout.write(JSON.stringify(seen));
