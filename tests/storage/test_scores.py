"""Judgements that come with telemetry become scores, whichever arrives first, once each."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Attributes, Event, Scope, Span
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore

from .spans import NOON, SECOND, log_record, span

MAPPER = Mapper()
JUDGED: Attributes = {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.5,
          "gen_ai.evaluation.score.label": "fair", "gen_ai.evaluation.explanation": "so so"}  # fmt: skip


def call(trace: str, number: int, response_id: str) -> Span:
    return span(trace, number, gen_ai__operation__name="chat", gen_ai__response__id=response_id,
                gen_ai__usage__input_tokens=3)  # fmt: skip


def scores(path: Path, *batches: list[Span | LogRecord]) -> list[dict[str, Any]]:
    store = SqliteStore.open(path, synchronous="off")
    try:
        for batch in batches:
            observations = [MAPPER.map(one) for one in batch if isinstance(one, Span)]
            store.write("default", observations, [], [one for one in batch if isinstance(one, LogRecord)]).result(30)
        return sorted(store.select(Selection("scores")).rows, key=lambda row: str(row["id"]))
    finally:
        store.close()


def test_an_event_of_a_span(tmp_path: Path) -> None:
    judged = span("a", 1)
    judged.events = [Event(NOON, "gen_ai.evaluation.result", dict(JUDGED))]
    (row,) = scores(tmp_path / "event.db", [judged], [judged])
    assert (row["name"], row["value"], row["string_value"], row["data_type"]) == ("relevance", 0.5, "fair", "NUMERIC")
    assert (row["comment"], row["source"]) == ("so so", "EVAL")
    assert (row["session_id"], row["trace_id"], row["observation_id"]) == (None, "a" * 32, "1" * 16)


def test_a_deleted_one_stays_away_when_its_trace_is_read_again(tmp_path: Path) -> None:
    judged, another = span("a", 1), span("a", 2)
    judged.events = [Event(NOON, "gen_ai.evaluation.result", dict(JUDGED))]
    another.events = [Event(NOON, "gen_ai.evaluation.result", JUDGED | {"gen_ai.evaluation.name": "other"})]
    store = SqliteStore.open(tmp_path / "gone.db", synchronous="off")
    try:
        store.write("default", [MAPPER.map(judged), MAPPER.map(another)], []).result(30)
        gone, kept = store.select(Selection("scores")).rows
        assert store.delete_scores("default", [str(gone["id"])]).result(30) == 1
        store.remap()
        while store.remapping().running:
            pass
        judged.name = "changed"
        judged.end_ns += SECOND
        store.write("default", [MAPPER.map(judged)], []).result(30)
        assert [row["id"] for row in store.select(Selection("scores")).rows] == [kept["id"]]

        assert store.delete_traces("default", ["a" * 32]).result(30) == 1
        store.write("default", [MAPPER.map(judged), MAPPER.map(another)], []).result(30)
        assert store.select(Selection("scores")).total == 2
    finally:
        store.close()


@pytest.mark.parametrize("first", ["span", "log"])
def test_a_log_record_of_a_span(first: str, tmp_path: Path) -> None:
    record = log_record("a", 1, "gen_ai.evaluation.result", "", 0, dict(JUDGED))
    batches: list[list[Span | LogRecord]] = [[span("a", 1)], [record], [record]]
    (row,) = scores(tmp_path / "log.db", *(batches if first == "span" else batches[::-1]))
    assert (row["name"], row["trace_id"], row["observation_id"]) == ("relevance", "a" * 32, "1" * 16)


def test_a_log_record_without_a_trace_judges_the_call_that_it_names(tmp_path: Path) -> None:
    record = log_record("a", 1, "gen_ai.evaluation.result", "", 0, {**JUDGED, "gen_ai.response.id": "r"})
    record.trace_id = record.span_id = ""
    parts: list[Span | LogRecord] = [
        call("b", 2, "r"),
        call("b", 3, "r"),
        call("c", 1, "r"),
        call("d", 1, "other"),
        record,
    ]
    seen = []
    for number, order in enumerate(itertools.permutations(parts)):
        if number % 7 == 0:
            seen.append(scores(tmp_path / f"{number}.db", *([one] for one in order)))
    assert all(rows == seen[0] for rows in seen)
    (row,) = seen[0]
    assert (row["trace_id"], row["observation_id"]) == ("b" * 32, "2" * 16)
    assert row["timestamp"] == "2026-11-18 11:06:40.000"
    assert NOON // SECOND == 1_795_000_000


def test_openinference_annotations_of_a_trace_and_a_session(tmp_path: Path) -> None:
    told = span("a", 1, session__id="s")
    for prefix in ("annotations", "trace.annotations", "session.annotations"):
        told.attributes |= {
            f"{prefix}.0.annotation.name": prefix,
            f"{prefix}.0.annotation.label": "good",
            f"{prefix}.0.annotation.annotator_kind": "HUMAN",
        }
    rows = {row["name"]: row for row in scores(tmp_path / "annotations.db", [told])}
    assert {name: (row["session_id"], row["trace_id"], row["observation_id"]) for name, row in rows.items()} == {
        "annotations": (None, "a" * 32, "1" * 16),
        "trace.annotations": (None, "a" * 32, None),
        "session.annotations": ("s", None, None),
    }
    assert {row["data_type"] for row in rows.values()} == {"CATEGORICAL"}


def test_a_call_that_is_reported_no_more_has_no_score(tmp_path: Path) -> None:
    record = log_record("a", 1, "gen_ai.evaluation.result", "", 0, {**JUDGED, "gen_ai.response.id": "r"})
    record.trace_id = record.span_id = ""
    native = call("b", 2, "r")
    native.scope = Scope("com.anthropic.sdk.python", "2")
    later = call("b", 2, "other")
    later.end_ns += 1
    parts: list[Span | LogRecord] = [record, native, later]
    for number, order in enumerate(itertools.permutations(parts)):
        assert scores(tmp_path / f"{number}.db", *([one] for one in order)) == []


def test_a_record_that_was_seen_again_later_is_the_same_and_one_without_a_time_is_another(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "again.db", synchronous="off")
    try:
        for time_ns, kept in ((NOON, 1), (0, 3)):
            for observed in (NOON + 1, NOON + 2):
                record = log_record("a", 1, "beat", "same", 0, {})
                record.time_ns, record.observed_time_ns = time_ns, observed
                store.write("default", [], [], [record]).result(30)
            assert len(store.select(Selection("logs")).rows) == kept
    finally:
        store.close()
