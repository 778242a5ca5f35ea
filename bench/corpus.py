"""What the spans of the bench say: one trace of an agent that retrieves, calls tools and asks a model.

Ids, times, session and user are markers (`MARKS`) of the width of what takes their place in `bodies`.
"""

from __future__ import annotations

from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Attributes: TypeAlias = Literal["few", "many"]

MARKS = {
    "trace": b"@@@@trace_id@@@@", "span": b"@span_id", "parent": b"@parent@",
    "start": b"@start@@", "end": b"@end@@@@", "session": b"@session@@", "user": b"@user@@@@@",
}  # fmt: skip

TEXT = """
    the a of to and in for with on is was are we you it this that from by as at order invoice refund customer account
    payment shipping delay weather Paris forecast temperature session agent plan search result document page section
    contract clause risk summary answer question policy price total table column value error retry region café naïve
    release version model token context window cost latency user support ticket escalate resolve verify compare
"""
WORDS = TEXT.split()


class Step(NamedTuple):
    """One span of the trace: `parent` is a place in `STEPS`; `given` and `made` are words of input and output."""

    name: str
    type: str
    parent: int | None
    given: int
    made: int


# In the order in which the steps end, which is the order in which SDKs export them: the root comes last.
STEPS = (
    Step("embed-query", "embedding", 2, 12, 4),
    Step("vector-search", "retriever", 2, 12, 70),
    Step("retrieve", "chain", 9, 12, 40),
    Step("plan", "generation", 9, 60, 20),
    Step("url_fetch", "tool", 6, 6, 50),
    Step("summarise", "generation", 6, 80, 30),
    Step("content_analysis", "chain", 9, 20, 30),
    Step("quality_gate", "evaluator", 9, 30, 6),
    Step("answer", "generation", 9, 100, 40),
    Step("analysis", "agent", None, 20, 40),
)
ROOT = len(STEPS) - 1
ASKS_A_MODEL = ("generation", "embedding")
VARIANTS = 8
"""How many traces of different texts there are; the others repeat them under other ids."""

RESOURCE = {
    "telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": "1.45.2",
    "service.name": "analysis-agent", "langfuse.environment": "staging", "langfuse.release": "rel-9",
}  # fmt: skip


def resource() -> Resource:
    """Return what sends the spans."""
    return Resource(attributes=_pairs(RESOURCE))


def scope() -> InstrumentationScope:
    """Return the instrumentation scope of the spans."""
    return InstrumentationScope(name="langfuse-sdk", version="5.0.4", attributes=_pairs({"public_key": "pk-lf-bench"}))


def span(variant: int, place: int, attributes: Attributes) -> Span:
    """Return the span at `place` of `STEPS`, with markers."""
    step = STEPS[place]
    said = _langfuse(Random(f"{variant} {place}"), step)
    if attributes == "many":
        said |= _instrumented(Random(f"{variant} {place} many"))
    return Span(
        trace_id=MARKS["trace"],
        span_id=MARKS["span"],
        parent_span_id=b"" if step.parent is None else MARKS["parent"],
        name=step.name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=int.from_bytes(MARKS["start"], "little"),
        end_time_unix_nano=int.from_bytes(MARKS["end"], "little"),
        attributes=_pairs(said),
        flags=256,
    )


def _langfuse(random: Random, step: Step) -> dict[str, Any]:
    """10 to 13 attributes, as a Langfuse SDK (5) writes them."""
    said: dict[str, Any] = {
        "user.id": f"user-{MARKS['user'].decode()}",
        "session.id": f"chat-{MARKS['session'].decode()}",
        "langfuse.trace.metadata.plan": '"pro"',
        "langfuse.trace.tags": ["beta", "analysis"],
        "langfuse.trace.name": "analysis",
        "langfuse.environment": "staging",
        "langfuse.release": "rel-9",
        "langfuse.observation.type": step.type,
    }
    if step.type not in ASKS_A_MODEL:
        return said | {
            "langfuse.observation.input": _json({"args": [_text(random, step.given)], "kwargs": {}}),
            "langfuse.observation.output": _json({"result": _text(random, step.made)}),
        }
    asked, answered = step.given * 4 // 3, step.made * 4 // 3
    system = {"role": "system", "content": "You are a careful analyst. Answer from the documents only."}
    return said | {
        "langfuse.observation.input": _json([system, {"role": "user", "content": _text(random, step.given)}]),
        "langfuse.observation.output": _json({"role": "assistant", "content": _text(random, step.made)}),
        "langfuse.observation.model.name": "gpt-4o-mini-2024-07-18",
        "langfuse.observation.model.parameters": _json({"temperature": 0.2, "max_tokens": 800, "top_p": 1}),
        "langfuse.observation.usage_details": _json(
            {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered,
             "prompt_tokens_details": {"cached_tokens": asked // 4}}
        ),
    }  # fmt: skip


def _instrumented(random: Random) -> dict[str, Any]:
    """36 further attributes, most of them short: indexed messages, request settings, code and network places."""
    said: dict[str, Any] = {}
    for number in range(8):
        said[f"gen_ai.prompt.{number}.role"] = "user" if number % 2 else "assistant"
        said[f"gen_ai.prompt.{number}.content"] = _text(random, 8)
    said |= {
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": _text(random, 8),
        "gen_ai.completion.0.finish_reason": "stop", "gen_ai.request.temperature": 0.2, "gen_ai.request.top_p": 1.0,
        "gen_ai.request.max_tokens": 800, "gen_ai.system": "openai", "llm.request.type": "chat",
        "llm.is_streaming": False, "llm.headers": "None", "http.request.method": "POST",
        "http.response.status_code": 200, "url.full": "https://api.example.com/v1/chat/completions",
        "server.address": "api.example.com", "server.port": 443, "code.function.name": "ask",
        "code.file.path": "app/agent.py", "code.line.number": 123, "thread.id": 140735, "thread.name": "MainThread",
    }  # fmt: skip
    return said


def _text(random: Random, words: int) -> str:
    return " ".join(random.choices(WORDS, k=words))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _pairs(said: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any_value(value)) for key, value in said.items()]


def _any_value(value: Any) -> AnyValue:
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[_any_value(member) for member in value]))
    kind = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value"}[type(value)]
    return AnyValue(**{kind: value})
