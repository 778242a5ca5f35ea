// A Langfuse SDK for JavaScript, whole: tells traces and scores in every way it has, asks all it can, deletes.
// Reads `{questions: {name: [endpoint, arguments]}}` and prints what it saw, as JSON; `left` are methods it never called.
import { readFileSync } from "node:fs";
import { LangfuseClient } from "@langfuse/client";
import { LangfuseMedia } from "@langfuse/core";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import * as tracing from "@langfuse/tracing";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const { propagateAttributes, startActiveObservation, startObservation } = tracing;

// What anything in the process says: the SDK through the console, OpenTelemetry through its own logger.
let lines = [];
const keep = (level) => (...said) => lines.push(`${level} ${said.map(String).join(" ")}`);
for (const level of ["debug", "info", "log", "warn", "error"]) console[level] = keep(level);
diag.setLogger({ error: keep("error"), warn: keep("warn"), info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
const taken = () => lines.splice(0);

const own = JSON.parse(readFileSync(new URL("node_modules/@langfuse/client/package.json", import.meta.url)));
const VERSION = Number(own.version.split(".")[0]);

// The questions, and the method that asks each in a version of the SDK.
const both = (path) => ({ 4: path, 5: path });
const ENDPOINTS = {
  health: both("health.health"),
  projects: both("projects.get"),
  traces: both("trace.list"),
  trace: both("trace.get"),
  sessions: both("sessions.list"),
  session: both("sessions.get"),
  "observations v1": { 4: "observations.getMany", 5: "legacy.observationsV1.getMany" },
  "observation v1": { 4: "observations.get", 5: "legacy.observationsV1.get" },
  "observations v2": { 4: "observationsV2.getMany", 5: "observations.getMany" },
  "scores v2": { 4: "scoreV2.get", 5: "scores.getMany" },
  "score v2": { 4: "scoreV2.getById", 5: "scores.getById" },
  "scores v3": { 5: "scoresV3.getManyV3" },
  "metrics v1": { 4: "metrics.metrics", 5: "legacy.metricsV1.metrics" },
  "metrics v2": { 4: "metricsV2.metrics", 5: "metrics.metrics" },
  media: both("media.get"),
  "create project": both("projects.create"),
  "update project": both("projects.update"),
  "delete project": both("projects.delete"),
  "project keys": both("projects.getApiKeys"),
  "create project key": both("projects.createApiKey"),
  "delete project key": both("projects.deleteApiKey"),
};

// Of the API: what is not about traces, observations, sessions, scores, metrics and projects.
const OTHER_SUBJECTS = new Set(
  ("annotationQueues blobStorageIntegrations comments datasetItems datasetRunItems datasets evaluationRules evaluators " +
    "experiments feedback llmConnections models organizations promptVersion prompts scim scoreConfigs unstable").split(" "),
);

const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
provider.register();
const langfuse = new LangfuseClient();

// Every method of the API that is never called is left.
const left = new Set();
const names = (object) => {
  const found = new Set();
  for (let each = object; each && each !== Object.prototype; each = Object.getPrototypeOf(each))
    for (const name of Object.getOwnPropertyNames(each)) found.add(name);
  return [...found].filter((name) => !name.startsWith("_") && name !== "constructor");
};
function watch(object, path) {
  for (const name of names(object)) {
    if (OTHER_SUBJECTS.has(name)) continue;
    const member = object[name];
    const place = path ? `${path}.${name}` : name;
    if (typeof member === "function") {
      left.add(place);
      object[name] = function (...given) {
        left.delete(place);
        return member.apply(object, given);
      };
    } else if (member && typeof member === "object" && "_options" in member) watch(member, place);
  }
}
watch(langfuse.api, "");
const scoring = ["create", "observation", "trace", "activeObservation", "activeTrace", "flush"];
for (const name of scoring) {
  const method = langfuse.score[name];
  left.add(`score.${name}`);
  langfuse.score[name] = function (...given) {
    left.delete(`score.${name}`);
    return method.apply(this, given);
  };
}

const { questions } = JSON.parse(readFileSync(0, "utf-8"));
const seen = { auth: (await langfuse.api.projects.get()).data.length > 0 };
const now = () => new Date().toISOString();
const later = () => new Promise((resolve) => setTimeout(resolve, 2)); // clocks here tell milliseconds apart

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const picture = new LangfuseMedia({ source: "bytes", contentBytes: Buffer.from(png, "base64"), contentType: "image/png" });

// What the programs of all SDKs tell.
const ids = (seen.ids = { before: now() });
await later();
const whose = { sessionId: "chat-1", userId: "ada", tags: ["weather", "beta"], metadata: { plan: "pro" } };
const tell = (attributes, name, what, options) =>
  propagateAttributes({ ...attributes, traceName: name }, () => startActiveObservation(name, what, options));
const makePublic = tracing.setActiveTraceAsPublic ?? (() => tracing.updateActiveTrace({ public: true }));

await tell(
  { ...whose, version: "v2" },
  "question",
  async (root) => {
    root.update({ input: { text: "Will it rain?" }, output: "No." });
    ids.question = tracing.getActiveTraceId();
    ids["question root"] = tracing.getActiveSpanId();
    makePublic();
    await later();
    await startActiveObservation(
      "look up",
      async (tool) => {
        ids["look up"] = tool.id;
        tool.update({ input: { city: "Paris" } });
        tracing.updateActiveObservation({ output: "sunny" });
        langfuse.score.activeObservation({ name: "grounded", value: 1, dataType: "BOOLEAN", id: "s-grounded" });
        await later();
      },
      { asType: "tool" },
    );
    const model = { model: "gpt-4o-mini", modelParameters: { temperature: 0.2 }, input: "Will it rain?" };
    const answer = startObservation("answer", model, { asType: "generation" });
    ids.answer = answer.id;
    await later();
    answer.update({
      output: "No.",
      metadata: { attempt: "first" },
      completionStartTime: new Date(),
      usageDetails: { input: 40, output: 10 },
      costDetails: { input: 0.001, output: 0.002 },
    });
    langfuse.score.observation(answer, { name: "tone", value: "friendly", id: "s-tone" });
    await later();
    answer.end();
    startObservation("noted", { metadata: { characters: "3" } }, { asType: "event" });
    langfuse.score.activeTrace({ name: "helpful", value: 0, dataType: "BOOLEAN", id: "s-helpful" });
    await later();
  },
  { asType: "agent" },
);

await tell({ sessionId: "chat-1", userId: "bob", tags: ["beta"] }, "follow-up", async (root) => {
  root.update({ input: "And tomorrow?" });
  ids["follow-up"] = root.traceId;
  await later();
  const answer = root.startObservation("answer again", { model: "gpt-4o-mini", level: "WARNING" }, { asType: "generation" });
  ids["answer again"] = answer.id;
  await later();
  answer.update({ usageDetails: { input: 20, output: 5 }, costDetails: { total: 0.004 } }).end();
  const failed = root.startObservation("failed");
  failed.update({ level: "ERROR", statusMessage: "too many" });
  await later();
  failed.end();
  root.startObservation("agreed", {}, { asType: "event" });
  langfuse.score.trace(root, { name: "quality", value: 0.5, dataType: "NUMERIC", id: "s-quality" });
});

await later();
ids.amid = now();
await later();
await tell({ userId: "ada" }, "aside", async (root) => {
  ids.aside = root.traceId;
  makePublic();
  if (tracing.setActiveTraceIO) tracing.setActiveTraceIO({ output: "later" });
  else root.updateTrace({ output: "later" });
  root.startObservation("embed", { model: "text-embedding-3-small", usageDetails: { input: 8 } }, { asType: "embedding" }).end();
});
await later();
await tell({ sessionId: "pictures" }, "picture", async (root) => {
  ids.picture = root.traceId;
  root.update({ input: { image: picture } });
});
ids.media = await picture.getId();
for (const name of ["doomed 1", "doomed 2", "doomed 3"]) {
  await later();
  await tell(
    { sessionId: "doomed", userId: "dora" },
    name,
    async (root) => {
      ids[name] = root.traceId;
      root.update({ costDetails: { total: 9 } });
    },
    { asType: "generation" },
  );
}

// A picture as it stands in messages, which the SDK finds by itself.
ids.seeded = await tracing.createTraceId("the same for all");
const url = `data:image/png;base64,${Buffer.from(`${png} another`).toString("base64")}`;
startObservation(
  "seen",
  { input: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] },
  { parentSpanContext: { traceId: ids.seeded, spanId: "00000000000000bb", traceFlags: 1 } },
).end();

// Scores by hand: on a trace, an observation, a session; a text, a correction.
const traceId = ids.question;
const chat = { sessionId: "chat-1" };
langfuse.score.create({ name: "accuracy", value: 0.9, id: "s-accuracy", traceId, comment: "close", metadata: { by: "judge" } });
langfuse.score.create({ name: "exact", value: 0, dataType: "BOOLEAN", id: "s-exact", traceId, observationId: ids.answer });
langfuse.score.create({ name: "csat", value: 4, id: "s-csat", ...chat });
langfuse.score.create({ name: "mood", value: "glad", dataType: "CATEGORICAL", id: "s-mood", ...chat });
langfuse.score.create({ name: "resolved", value: 1, dataType: "BOOLEAN", id: "s-resolved", ...chat });
langfuse.score.create({ name: "remark", value: "well said", dataType: "TEXT", id: "s-remark", traceId: ids["follow-up"] });
langfuse.score.create({ name: "gone", value: 1.5, id: "s-gone", traceId: ids.aside });
await langfuse.score.flush();
await provider.forceFlush();
await langfuse.flush();

const direct = { id: "s-direct", name: "direct", value: 2.5, traceId: ids.aside, comment: "by hand" };
const corrected = { id: "s-output", name: "output", value: "Yes.", dataType: "CORRECTION", traceId: ids.picture };
const scores = VERSION === 4 ? langfuse.api.score : langfuse.api.legacy.scoreV1;
await scores.create({ ...direct, value: 1 });
const create = VERSION === 4 ? scores : langfuse.api.scores;
seen.made = [await create.create(direct), await create.create(corrected)];
await scores.delete("s-gone");

// The batch that other programs send, and spans without the SDK's exporter.
const stamp = "2026-03-01T12:00:00.000Z";
const said = { id: "said", name: "said", traceId: ids.seeded, startTime: stamp, input: "hm" };
seen.batch = await langfuse.api.ingestion.batch({ batch: [{ id: "e-1", type: "span-create", timestamp: stamp, body: said }] });
const raw = {
  traceId: ids.seeded,
  spanId: "00000000000000aa",
  name: "raw",
  kind: 1,
  startTimeUnixNano: "1772366400000000000",
  endTimeUnixNano: "1772366401000000000",
  attributes: [],
  status: {},
};
const resourceSpans = [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: "raw" }, spans: [raw] }] }];
seen.spans = await langfuse.api.opentelemetry.exportTraces({ resourceSpans });

// Media by hand: is it kept already, and what became of it.
const upload = { contentType: "image/png", contentLength: 5, sha256Hash: `${"A".repeat(43)}=`, field: "input" };
seen.upload = await langfuse.api.media.getUploadUrl({ ...upload, traceId: ids.picture });
await langfuse.api.media.patch(ids.media, { uploadedAt: stamp, uploadHttpStatus: 200 });

const known = Object.fromEntries(Object.entries(ids).map(([name, id]) => [`$${name}`, id]));
function put(asked) {
  if (Array.isArray(asked)) return asked.map(put);
  if (asked && typeof asked === "object") return Object.fromEntries(Object.entries(asked).map(([k, v]) => [k, put(v)]));
  return known[asked] ?? asked;
}
async function answered(asking) {
  try {
    return await asking;
  } catch (error) {
    if (!error.statusCode) throw error;
    return { refused: error.statusCode, error: error.constructor.name, body: error.body };
  }
}
seen.answers = {};
seen.differs = [];
function get(path, asked) {
  const { id_in_path: first, other_id_in_path: second, ...given } = put(asked);
  for (const key of ["query", "filter"]) if (key in given) given[key] = JSON.stringify(given[key]);
  const before = [first, second].filter((each) => each !== undefined);
  const parts = path.split(".");
  const last = parts.pop();
  const client = parts.reduce((object, part) => object[part], langfuse.api);
  return answered(client[last](...before, ...(Object.keys(given).length ? [given] : [])));
}
for (const [name, [endpoint, asked]] of Object.entries(questions)) {
  const path = ENDPOINTS[endpoint][VERSION];
  if (!path) continue;
  const answer = await get(path, asked);
  if (answer?.meta?.cursor) known[`@${name}`] = answer.meta.cursor;
  seen.answers[name] = answer;
}

// The client's own short ways to the same; version 4 forgets to bind them, so that they cannot be called.
const short = {
  trace: () => langfuse.fetchTrace(ids.question),
  "traces with a name": () => langfuse.fetchTraces({ name: "follow-up" }),
  "observation v1": () => langfuse.fetchObservation(ids.answer),
  [VERSION === 4 ? "observations v1 with a name" : "observations v2 by default"]: () =>
    langfuse.fetchObservations({ name: "look up" }),
  session: () => langfuse.fetchSessions("chat-1"),
  "no medium": () => langfuse.fetchMedia(ids.media),
};
for (const [name, call] of Object.entries(short)) {
  let answer;
  try {
    answer = await answered(call());
  } catch (error) {
    answer = error;
  }
  if (VERSION === 4 ? !(answer instanceof TypeError) : JSON.stringify(answer) !== JSON.stringify(seen.answers[name]))
    seen.differs.push(`short ${name}: ${answer}`);
}

seen.url = await langfuse.getTraceUrl(ids.question);
seen.log = taken();

// A prompt that nobody keeps: the SDK says so itself, and takes what it is given instead.
seen.prompt = (await langfuse.prompt.get("greeting", { fallback: "Hello {{name}}" })).compile({ name: "Ada" });
try {
  await langfuse.prompt.get("greeting");
} catch (error) {
  seen["no prompt"] = [error.statusCode ?? error.message];
}
// A medium that nobody keeps stays a reference.
const obj = `@@@langfuseMedia:type=image/png|id=${ids.media}|source=bytes@@@`;
seen.resolved = (await langfuse.media.resolveReferences({ obj, resolveWith: "base64DataUri" })) === obj;
seen["log of what is not kept"] = taken();

seen.deleted = [
  await answered(langfuse.api.trace.delete(ids["doomed 1"])),
  await answered(langfuse.api.trace.deleteMultiple({ traceIds: [ids["doomed 2"], ids["doomed 3"]] })),
];
seen.after = [await get("trace.get", { id_in_path: "$doomed 1" })];
for (const number of [1, 2, 3])
  seen.after.push(await get(ENDPOINTS["observations v2"][VERSION], { traceId: `$doomed ${number}` }));
await langfuse.shutdown();
await provider.shutdown();
seen["log of the end"] = taken();
seen.left = [...left].sort();
process.stdout.write(JSON.stringify(seen));
