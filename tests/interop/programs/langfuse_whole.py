"""A Langfuse SDK for Python, whole: tells traces and scores in every way it has, asks all it can, deletes.

Reads `{questions: {name: [endpoint, arguments]}}` and prints what it saw, as JSON; `left` are methods it never called.
"""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from __future__ import annotations

import asyncio
import base64
import json
import sys
from datetime import UTC, datetime

from langfuse_asked import ENDPOINTS, VERSION, Log, Watched, arguments, method, plain, snake

log = Log()

from langfuse import Langfuse  # noqa: E402 (the log listens before it)
from langfuse.media import LangfuseMedia  # noqa: E402

if VERSION == 3:
    from langfuse.api import CreateScoreRequest, GetMediaUploadUrlRequest, PatchMediaBody
    from langfuse.api.core.api_error import ApiError
    from langfuse_world_3 import tell
else:
    from langfuse.api.core.api_error import ApiError
    from langfuse.api.scores import CreateScoreRequest
    from langfuse_world_4_5 import tell

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

questions = json.load(sys.stdin)["questions"]
langfuse = Langfuse()
watched = Watched()
watched.api(langfuse.api)
watched.object(langfuse)
with_none = langfuse.start_observation(name="never ended")  # for its class alone
watched.object(with_none)
seen = {"auth": langfuse.auth_check()}

picture = LangfuseMedia(content_bytes=PIXEL, content_type="image/png")
ids = seen["ids"] = tell(langfuse, picture)
ids["media"] = picture._media_id
ids["seeded"] = langfuse.create_trace_id(seed="the same for all")

# A picture as it stands in messages, which the SDK finds by itself.
uri = f"data:image/png;base64,{base64.b64encode(PIXEL + b' another').decode()}"
seeing = langfuse.start_observation(
    name="seen", input=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": uri}}]}],
    trace_context={"trace_id": ids["seeded"]},
)  # fmt: skip
seeing.end()

# Scores by hand: on a trace, an observation, a session; a text, a correction.
on_question, on_chat = {"trace_id": ids["question"]}, {"session_id": "chat-1"}
stamp = datetime(2026, 3, 1, 12, tzinfo=UTC)
langfuse.create_score(
    name="accuracy", value=0.9, score_id="s-accuracy", **on_question, comment="close", metadata={"by": "judge"},
    timestamp=stamp,
)  # fmt: skip
langfuse.create_score(
    name="exact", value=0.0, data_type="BOOLEAN", score_id="s-exact", **on_question, observation_id=ids["answer"]
)
langfuse.create_score(name="csat", value=4, score_id="s-csat", **on_chat)
langfuse.create_score(name="mood", value="glad", data_type="CATEGORICAL", score_id="s-mood", **on_chat)
langfuse.create_score(name="resolved", value=1, data_type="BOOLEAN", score_id="s-resolved", **on_chat)
langfuse.create_score(
    name="remark", value="well said", data_type="TEXT", score_id="s-remark", trace_id=ids["follow-up"]
)
langfuse.create_score(name="gone", value=1.5, score_id="s-gone", trace_id=ids["aside"])
langfuse.flush()

direct = {"id": "s-direct", "name": "direct", "value": 2.5, "trace_id": ids["aside"], "comment": "by hand"}
corrected = {"id": "s-output", "name": "output", "value": "Yes.", "data_type": "CORRECTION", "trace_id": ids["picture"]}
if VERSION == 3:
    direct = {name if name != "trace_id" else "traceId": each for name, each in direct.items()}
    corrected = {"traceId" if name == "trace_id" else "dataType" if name == "data_type" else name: each
                 for name, each in corrected.items()}  # fmt: skip
    made = [langfuse.api.score.create(request=CreateScoreRequest(**direct))]
    made.append(langfuse.api.score.create(request=CreateScoreRequest(**corrected)))
    forget = langfuse.api.score.delete
elif VERSION == 4:
    made = [langfuse.api.legacy.score_v1.create(**{**direct, "value": 1}), langfuse.api.scores.create(**direct)]
    made.append(langfuse.api.scores.create(**corrected))
    forget = langfuse.api.legacy.score_v1.delete
else:
    made = [langfuse.api.scores.create(request=[CreateScoreRequest(**direct), CreateScoreRequest(**corrected)])]
    forget = langfuse.api.scores.delete
seen["made"] = [plain(each) for each in made]
forget("s-gone")

# The batch that other programs send, and spans without the SDK's exporter.
said = {"id": "said", "name": "said", "traceId": ids["seeded"], "startTime": stamp.isoformat(), "input": "hm"}
event = {"id": "e-1", "type": "span-create", "timestamp": stamp.isoformat(), "body": said}
if VERSION < 5:
    from langfuse.api import IngestionEvent_SpanCreate

    read = getattr(IngestionEvent_SpanCreate, "model_validate", IngestionEvent_SpanCreate.parse_obj)
    seen["batch"] = plain(langfuse.api.ingestion.batch(batch=[read(event)]))
spans = [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {"name": "raw"}, "spans": [{
    "traceId": ids["seeded"], "spanId": "00000000000000aa", "name": "raw", "kind": 1,
    "startTimeUnixNano": "1772366400000000000", "endTimeUnixNano": "1772366401000000000",
    "attributes": [], "status": {},
}]}]}]  # fmt: skip
from langfuse.api import OtelResourceSpan  # noqa: E402

read = getattr(OtelResourceSpan, "model_validate", OtelResourceSpan.parse_obj)
seen["spans"] = plain(langfuse.api.opentelemetry.export_traces(resource_spans=[read(each) for each in spans]))

# Media by hand: is it kept already, and what became of it.
upload = {"contentType": "image/png", "contentLength": 5, "sha256Hash": "A" * 43 + "=", "field": "input",
          "traceId": ids["picture"]}  # fmt: skip
done = {"uploadedAt": stamp, "uploadHttpStatus": 200}
if VERSION == 3:
    seen["upload"] = plain(langfuse.api.media.get_upload_url(request=GetMediaUploadUrlRequest(**upload)))
    langfuse.api.media.patch(ids["media"], request=PatchMediaBody(**done))
else:
    upload["sha256hash"] = upload.pop("sha256Hash")
    named = {snake(name): each for name, each in upload.items()}
    seen["upload"] = plain(langfuse.api.media.get_upload_url(**named))
    langfuse.api.media.patch(ids["media"], **{snake(name): each for name, each in done.items()})


names = {f"${name}": each for name, each in ids.items()}


async def answered(asking):
    """Return an answer, how it was refused, or why the SDK cannot read it."""
    try:
        return plain(await asking)
    except ApiError as error:
        return {"refused": error.status_code, "error": type(error).__name__, "body": error.body}
    except ValueError as error:  # of pydantic, any version
        return {"unreadable": str(error)}


async def get(endpoint, asked):
    """Return the answer to a question."""
    first, named = arguments(asked, names)
    return await answered(asyncio.to_thread(method(langfuse.api, ENDPOINTS[endpoint][VERSION]), *first, **named))


async def ask(name, endpoint, asked):
    """Note the answer to a question, and whether the asynchronous client has another."""
    first, named = arguments(asked, names)
    answer = await get(endpoint, asked)
    again = await answered(method(langfuse.async_api, ENDPOINTS[endpoint][VERSION])(*first, **named))
    seen["answers"][name] = answer
    if again != answer:
        seen["differs"].append(name)
    if (answer.get("meta") or {}).get("cursor"):
        names[f"@{name}"] = answer["meta"]["cursor"]


async def ask_all():
    """Ask what this version can."""
    for name, (endpoint, asked) in questions.items():
        if VERSION in ENDPOINTS[endpoint]:
            await ask(name, endpoint, asked)


seen |= {"answers": {}, "differs": []}
asyncio.run(ask_all())

seen["url"] = langfuse.get_trace_url(trace_id=ids["question"])
seen["log"] = log.take()

# A prompt that nobody keeps: the SDK says so itself, and takes what it is given instead.
seen["prompt"] = langfuse.get_prompt("greeting", fallback="Hello {{name}}").compile(name="Ada")
try:
    langfuse.get_prompt("greeting")
except ApiError as error:
    seen["no prompt"] = [error.status_code, type(error).__name__]
# A medium that nobody keeps stays a reference.
reference = f"@@@langfuseMedia:type=image/png|id={ids['media']}|source=bytes@@@"
seen["resolved"] = langfuse.resolve_media_references(obj=reference, resolve_with="base64_data_uri") == reference
seen["log of what is not kept"] = log.take()

traces = langfuse.api.trace
deleting = [asyncio.to_thread(traces.delete, ids["doomed 1"])]
deleting.append(asyncio.to_thread(traces.delete_multiple, trace_ids=[ids["doomed 2"], ids["doomed 3"]]))
seen["deleted"] = [asyncio.run(answered(each)) for each in deleting]
after = [("trace", {"id_in_path": "$doomed 1"})] if VERSION < 5 else []
after += [("observations v2", {"traceId": f"$doomed {number}"}) for number in (1, 2, 3)]
seen["after"] = [asyncio.run(get(*question)) for question in after]
with_none.end()
langfuse.flush()
langfuse.shutdown()
seen["log of the end"] = log.take()
seen["left"] = sorted(watched.left)
print(json.dumps(seen))
