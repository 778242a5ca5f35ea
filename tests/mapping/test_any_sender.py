"""Whatever stands under any key that is read from certain senders alone, nothing raises and all can be stored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.vocabularies import anthropic, claude_code, langsmith, litellm, logfire, mlflow
from sidetrace.mapping.vocabularies import openai_agents as agents
from sidetrace.mapping.vocabularies import pydantic_ai as pydantic
from sidetrace.proto.span import Event, Scope, Value
from sidetrace.storage.sqlite.store import SqliteStore

from .reading import START, read

SENDERS = {
    "com.anthropic.sdk.python": anthropic, "com.anthropic.claude_code.tracing": claude_code, "langsmith": langsmith,
    "litellm": litellm, "logfire": logfire, "logfire.openai": logfire, "logfire.openai_agents": logfire,
    "openinference.instrumentation.openai_agents": agents, "mlflow.tracing.provider": mlflow, "pydantic-ai": pydantic,
}  # fmt: skip
MAPPER = Mapper()
MEMBERS = (
    "role", "parts", "tool_calls", "function", "function_call", "name", "arguments", "event.name", "message", "usage",
    "id", "properties", "input_tokens", "prompt_tokens_details", "cached_tokens", "response_cost", "plan", "",
)  # fmt: skip
WORDS = (
    "assistant", "gen_ai.choice", "gen_ai.user.message", "tool_call", "CHAT_MODEL", '"CHAT_MODEL"', "anthropic",
    "span", "log", "pending_span", "llm_request", "tool", "[Scrubbed due to 'x']", "{'a': 1}", "{'a': " + "-" * 99,
)  # fmt: skip

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.sampled_from(WORDS), st.text(max_size=5)
)
objects = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4)),
    max_leaves=12,
)
values: st.SearchStrategy[Value] = st.one_of(
    objects, objects.map(lambda value: orjson.dumps(value).decode()), objects.map(repr), st.binary(max_size=4)
)


@pytest.mark.parametrize("sender", SENDERS)
def test_nothing_raises_and_all_is_stored(sender: str, tmp_path: Path) -> None:
    vocabulary = SENDERS[sender].VOCABULARY
    keys = [row.key for row in vocabulary.rows] + [key for hook in vocabulary.hooks for key, _ in hook.reads]
    spelled = sorted({key.replace("*", "0.function_call") for key in keys} | {"plan", ""})
    names = sorted({"exception", *(name for hook in vocabulary.hooks for name, _ in hook.events)})
    told = st.dictionaries(st.sampled_from([*MEMBERS, "exception.message", "output", "content"]), values, max_size=3)
    store = SqliteStore.open(tmp_path / "any.db", synchronous="off")
    ids = count(1)

    @settings(max_examples=120, deadline=None)
    @given(
        attributes=st.dictionaries(st.sampled_from(spelled), values, max_size=8),
        events=st.lists(st.builds(Event, st.just(START), st.sampled_from(names), told), max_size=2),
        status=st.sampled_from([0, 2]),
    )
    def check(attributes: dict[str, Value], events: list[Event], status: int) -> None:
        o = read(
            attributes, scope=Scope(sender), events=events, status_code=status, mapper=MAPPER, wire=b"kept",
            resource={"telemetry.sdk.name": "mlflow", "telemetry.sdk.version": "3.11"}, trace_id=f"{next(ids):032x}",
        )  # fmt: skip
        o.span.resource.wire = b"kept"
        assert not o.problems
        assert store.write("default", [o], []).result(30).stored == 1

    try:
        check()
    finally:
        store.close()
    with closing(sqlite3.connect(tmp_path / "any.db")) as db:
        for view in ("observations", "traces", "sessions", "users"):
            db.execute(f"SELECT * FROM {view}").fetchall()
