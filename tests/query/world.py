"""A small world for questions: traces with every kind of field, scores of every data type, bookmarks."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Resource, Scope, Span, Value
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import NewScore

NOON = 1_790_000_000 * 10**9
SECOND = 10**9


def trace_id(number: int) -> str:
    return f"{number:032x}"


def span_id(trace: int, number: int) -> str:
    return f"{trace:08x}{number:08x}"


def _span(trace: int, number: int, parent: int, at: float, lasts: float, attributes: dict[str, Value]) -> Span:
    start = NOON + round(at * SECOND)
    error = attributes.pop("error", None)
    return Span(
        trace_id=trace_id(trace), span_id=span_id(trace, number),
        parent_span_id=span_id(trace, parent) if parent else "", name=str(attributes.pop("name", "step")), kind=1,
        start_ns=start, end_ns=start + round(lasts * SECOND), attributes=attributes, resource=Resource({}),
        scope=Scope(), events=[], links=[], status_code=2 if error else 0, status_message=str(error or ""),
    )  # fmt: skip


def generation(**more: Value) -> dict[str, Value]:
    """Attributes of a priced call of a model; `__` in a name stands for a dot."""
    given = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "gpt-4o",
        "langfuse.observation.usage_details": '{"input": 10, "output": 5, "total": 15}',
        "langfuse.observation.cost_details": '{"input": 0.125, "output": 0.25, "total": 0.375}',
    }
    return {**given, **{key.replace("__", "."): value for key, value in more.items()}}


def said(**more: Value) -> dict[str, Value]:
    """Attributes by name; `__` stands for a dot."""
    return {key.replace("__", "."): value for key, value in more.items()}


def spans() -> list[Span]:
    return [
        _span(1, 1, 0, 0, 2, said(
            name="root 100%", session__id="chat", user__id="ann", langfuse__trace__name="Answer_a",
            langfuse__trace__tags=["a", "b"], langfuse__trace__metadata__region="EU",
            langfuse__trace__metadata__size=7, langfuse__trace__metadata__ratio="0.15",
            langfuse__trace__metadata__deep='{"a": {"b": "c"}, "n": 3}', langfuse__trace__metadata__flag=True,
            langfuse__trace__public=True, langfuse__release="r1", langfuse__version="v1",
            langfuse__environment="prod", langfuse__observation__input="Hello World",
            langfuse__observation__output='{"answer": 42}',
        )),
        _span(1, 2, 1, 0.5, 1, generation(
            name="call", langfuse__observation__completion_start_time="2026-09-21T14:13:20.750Z",
            langfuse__observation__prompt__name="greet", langfuse__observation__prompt__version=3,
            langfuse__observation__metadata__region="us", langfuse__observation__metadata__size=2.5,
            langfuse__observation__model__parameters='{"temperature": 0.5, "mode": "fast"}',
        )),
        _span(1, 3, 1, 0.25, 0.25, said(name="broken", error="it broke")),
        _span(2, 1, 0, 10, 4, said(
            name="Root", session__id="chat", user__id="bob", langfuse__trace__tags=["b"],
            langfuse__trace__metadata__region="us", langfuse__trace__metadata__size="12",
            langfuse__trace__metadata__flag="false", langfuse__observation__level="WARNING",
            langfuse__observation__cost_details='{"input": 0.125, "output": 0.25, "total": 0.375}',  # as its child
        )),
        _span(2, 2, 1, 11, 1, generation(name="call", langfuse__observation__model__name="gpt-4o-mini")),
        _span(2, 3, 1, 12, 1, said(langfuse__observation__level="DEBUG", langfuse__observation__type="tool")),
        _span(3, 1, 0, 20, 1, said(
            name="plain", session__id="other", user__id="ann", langfuse__environment="prod",
            **{"langfuse.trace.metadata.a.b": "dotted"},
        )),
        _span(4, 1, 0, 30, 0, said(langfuse__observation__input="hello again", user__id="cy")),
        _span(5, 2, 9, 40, 8, {**generation(), "langfuse.internal.is_app_root": True, "session.id": trace_id(5)}),
    ]  # fmt: skip


def scores() -> list[NewScore]:
    numbers = count(1)

    def score(name: str, data_type: str, value: float | None, text: str | None = None, **more: Any) -> NewScore:
        number = next(numbers)
        return NewScore(f"score-{number}", name, data_type, NOON + number * SECOND, value, text, **more)

    one, two, three = trace_id(1), trace_id(2), trace_id(3)
    return [
        score("accuracy", "NUMERIC", 0.5, trace_id=one),
        score("accuracy", "NUMERIC", 1.0, trace_id=one, observation_id=span_id(1, 2), comment="well"),
        score("accuracy", "NUMERIC", 0.25, trace_id=two),
        score("accuracy", "CATEGORICAL", 0, "good", trace_id=three),
        score("tone", "CATEGORICAL", 0, "good", trace_id=one),
        score("tone", "CATEGORICAL", 0, "bad", trace_id=one, observation_id=span_id(1, 3)),
        score("tone", "CATEGORICAL", 0, "bad", trace_id=two),
        score("correct", "BOOLEAN", 1, "True", trace_id=one),
        score("correct", "BOOLEAN", 0, "False", trace_id=two, observation_id=span_id(2, 2)),
        score("note", "TEXT", None, "nice one", trace_id=two),
        score("output", "CORRECTION", 0, "better", trace_id=one, observation_id=span_id(1, 2)),
        score(
            "accuracy", "NUMERIC", 0.75, session_id="chat", environment="prod", queue_id="q", metadata={"region": "us"}
        ),
        score("happy", "BOOLEAN", 1, "True", session_id="chat", source="EVAL"),
        score("happy", "BOOLEAN", 0, "False", session_id="other", source="ANNOTATION", config_id="c"),
        score("tone", "CATEGORICAL", 2, "bad", session_id="other"),
        score("tone", "CATEGORICAL", 0, "lost", trace_id=trace_id(99)),
    ]


def make(path: Path) -> SqliteStore:
    """Return a store that holds the world."""
    store, mapper = SqliteStore.open(path, synchronous="off"), Mapper()
    for span in spans():
        store.write("default", [mapper.map(span)], []).result(60)
    store.write("other", [mapper.map(span) for span in spans()], []).result(60)
    store.put_scores("default", scores()).result(60)
    store.put_scores("other", [NewScore("foreign", "accuracy", "NUMERIC", NOON, 9.0, trace_id=trace_id(4))]).result(60)
    store.put_mark("default", "trace", trace_id(2), bookmarked=True, public=True).result(60)
    store.put_mark("default", "trace", trace_id(1), public=False).result(60)
    store.put_mark("default", "session", "chat", bookmarked=True, public=True).result(60)
    store.put_mark("default", "session", trace_id(5), bookmarked=True, public=True).result(60)  # not that of the trace
    return store
