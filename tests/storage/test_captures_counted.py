"""What real senders' bodies come to in the store: sessions, users, tags, and every model call counted once.

The stub behind the captures answered each call with 42 input tokens (10 of them cached) and 17 output tokens (5 of
reasoning), an embedding with 6, Anthropic's with 46 and 17. What a sender does not put on the wire is None here
(captures/README.md; attributes.md, sections 2 and 6).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode, decode_logs
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Span
from sidetrace.storage.selection import Selection, View
from sidetrace.storage.sqlite.store import SqliteStore

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CALL, EMBEDDING, ANTHROPIC = (42, 17), (6, 0), (46, 17)


class Told(NamedTuple):
    """What one folder holds."""

    calls: int
    sessions: Mapping[str, tuple[list[str], list[str]]] = MappingProxyType({})
    """By session id: users and tags."""
    more: tuple[tuple[int, int], ...] = ()
    """Further tokens, of embeddings and of what counts differently."""
    call: tuple[int, int] = CALL
    plan: bool = False
    """Whether plan=pro is in the metadata of a session."""


APP = {"sess-42": (["user-7"], ["beta", "weather"])}
NO_TAGS: dict[str, tuple[list[str], list[str]]] = {"sess-42": (["user-7"], [])}
BETA = {"sess-42": (["user-7"], ["beta"])}
LOGFIRE = {"thread-9": (["user-7"], []), "sess-bag": (["user-bag"], ["beta", "t1", "weather"])}

FOLDERS = {
    "agent-framework/agent": Told(2),
    "autogen/agentchat": Told(0),
    "braintrust/manual-attributes": Told(1, BETA),
    "genkit/js": Told(3),
    "google-adk/1.18": Told(2, {"sess-42": ([], [])}),
    # the sender counts reasoning twice over LiteLLM: 22 for 17 (attributes.md, section 3.2)
    "google-adk/2.13-default": Told(2, {"sess-42": ([], [])}, call=(42, 22)),
    "google-adk/2.13-experimental-content": Told(2, NO_TAGS, call=(42, 22)),
    "laminar/sdk": Told(3, APP, plan=True),
    "langfuse/js-5": Told(3, APP, plan=True),
    "langsmith/otel-only": Told(4, APP | {"thread-9": (["user-8"], ["lc-tag"])}, plan=True),
    "litellm/langfuse-otel-callback": Told(2, APP),
    "litellm/otel-callback": Told(3, {}, (EMBEDDING,)),
    "logfire/openai-and-agents": Told(5, LOGFIRE),
    "mlflow/otlp-export": Told(3),
    # 32 fresh, 10 read from and 4 written to the cache; the provider's own spans of the same calls do not count again
    "openinference/anthropic": Told(3, call=ANTHROPIC),
    "openinference/crewai": Told(0),
    "openinference/langchain": Told(2, {"sess-42": (["user-7"], []), "thread-10": (["user-ctx"], ["ctx"])}, plan=True),
    "openinference/llama-index": Told(3, BETA, plan=True),
    "openinference/openai": Told(4, APP, (EMBEDDING,), plan=True),
    "openinference/openai-agents": Told(3),
    "openlit/sdk": Told(3, NO_TAGS),
    "openllmetry/crewai": Told(0),
    "openllmetry/langchain-0.62": Told(2, BETA, plan=True),
    "openllmetry/openai-0.53-legacy": Told(3, BETA, plan=True),
    "openllmetry/openai-0.62": Told(3, BETA, plan=True),
    "openllmetry/openai-agents-0.62": Told(3),
    "otel-genai/genai-openai-1.3b0-baggage": Told(4, NO_TAGS, (EMBEDDING,)),
    "otel-genai/genai-openai-agents-1.3b0": Told(0, {"thread-9": ([], []), "thread-10": ([], [])}),
    "otel-genai/openai-v2-2.4b0-default": Told(3, NO_TAGS, (EMBEDDING,)),
    "pydantic-ai/1.0.0-v1-events": Told(4),
    "semantic-kernel/chat-agent": Told(2),
    "strands/default": Told(2, APP, plan=True),
    "vercel-ai/v6": Told(4, APP, (EMBEDDING,), plan=True),
    "vercel-ai/v6-otlp-json": Told(4, APP, (EMBEDDING,), plan=True),
    "vercel-ai/v7-opentelemetry": Told(4, APP, (EMBEDDING,), plan=True),
}  # fmt: skip


def test_every_captured_folder_is_told() -> None:
    folders = {str(index.parent.relative_to(CAPTURES)) for index in CAPTURES.rglob("index.json")}
    apart = {"langfuse/python-5", "pydantic-ai/2.68-v5-default"}  # below
    assert folders == FOLDERS.keys() | apart


def sent(folder: str) -> tuple[list[Span], list[LogRecord]]:
    """Return the spans and log records of a folder, in the order in which they arrived."""
    spans: list[Span] = []
    logs: list[LogRecord] = []
    for body in sorted((CAPTURES / folder).iterdir()):
        if body.name.endswith(".traces.pb"):
            spans += decode(body.read_bytes(), json=False).spans
        elif body.name.endswith(".traces.request.json"):
            spans += decode(body.read_bytes(), json=True).spans
        elif body.name.endswith(".logs.pb"):
            logs += decode_logs(body.read_bytes(), json=False).records
    return spans, logs


def stored(path: Path, spans: list[Span], logs: list[LogRecord], batches: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Write spans and log records in so many commits; return all rows of the views."""
    everything: list[Span | LogRecord] = [*spans, *logs]
    mapper, store = Mapper(), SqliteStore.open(path, synchronous="off")
    try:
        for number in range(batches):
            part = everything[number::batches]
            observations = [mapper.map(one) for one in part if isinstance(one, Span)]
            store.write("default", observations, [], [one for one in part if isinstance(one, LogRecord)]).result(30)
        assert store.report().problems == []
        views: tuple[View, ...] = ("traces", "observations", "sessions", "users", "scores")
        return {
            view: sorted(store.select(Selection(view, limit=1000)).rows, key=lambda row: (row["id"], str(row)))
            for view in views
        }
    finally:
        store.close()


@pytest.mark.parametrize("folder", FOLDERS)
def test_sessions_and_tokens(folder: str, tmp_path: Path) -> None:
    told = FOLDERS[folder]
    spans, logs = sent(folder)
    rows = stored(tmp_path / "captured.db", spans, logs)

    assert {row["id"]: (row["user_ids"], row["tags"]) for row in rows["sessions"]} == told.sessions
    counts = [told.call] * told.calls + list(told.more)
    tokens = [(row["input_tokens"], row["output_tokens"]) for row in rows["traces"]]
    assert _sum(tokens) == _sum(counts)
    if told.plan:
        assert "pro" in [row["metadata"].get("plan") for row in rows["sessions"]]

    everything = [*spans]
    random.Random(42).shuffle(everything)
    again = stored(tmp_path / "shuffled.db", everything, logs[::-1], batches=7)
    assert again == rows


def test_pydantic_ai_has_a_session_a_run_where_the_app_names_none(tmp_path: Path) -> None:
    rows = stored(tmp_path / "captured.db", *sent("pydantic-ai/2.68-v5-default"))
    named = {row["id"]: row for row in rows["sessions"]}
    assert len(named) == 3
    assert (named["conv-42"]["user_ids"], named["conv-42"]["metadata"]["plan"]) == (["user-7"], "pro")
    assert _sum([(row["input_tokens"], row["output_tokens"]) for row in rows["traces"]]) == _sum([CALL] * 4)


def test_langfuse_counts_what_the_app_says_itself(tmp_path: Path) -> None:
    rows = stored(tmp_path / "captured.db", *sent("langfuse/python-5"))
    (session,) = rows["sessions"]
    assert (session["id"], session["user_ids"], session["tags"]) == ("sess-42", ["user-7"], ["beta", "weather"])
    counted = [row for row in rows["observations"] if row["tokens_counted"] and row["total_tokens"]]
    assert {row["type"] for row in counted} == {"GENERATION"}
    assert session["input_tokens"] == sum(row["input_tokens"] for row in counted)


def _sum(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
