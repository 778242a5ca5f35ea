"""The contract of the storage seam (storage/store.py); every engine must pass these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sidetrace.errors import BadParameter, BadQuery, QueryTimeout, Unavailable
from sidetrace.proto.span import Event, Link, Rejected
from sidetrace.storage.selection import Condition, Selection
from sidetrace.storage.store import Store, Written

from .spans import NOON, SECOND, observed, span

WAIT = 30


def put(store: Store, *spans: object, project: str = "default") -> Written:
    return store.write(project, observed(*spans), []).result(WAIT)  # type: ignore[arg-type]


def test_a_write_counts_new_repeated_and_replaced_spans(store: Store) -> None:
    first = span("a", 1)
    longer = span("a", 1)
    longer.end_ns += SECOND

    assert put(store, first) == Written(stored=1, repeated=0, replaced=0)
    assert put(store, first, span("a", 2, 1)) == Written(stored=1, repeated=1, replaced=0)
    assert put(store, longer) == Written(stored=0, repeated=0, replaced=1)
    (kept,) = store.select(Selection("observations", where=(Condition("id", "=", first.span_id),))).rows
    assert kept["end_time_unix_nano"] == longer.end_ns


def test_a_session_counts_all_observations_of_its_traces_even_when_one_child_names_it(store: Store) -> None:
    usage = '{"input": 40, "output": 2}'
    put(
        store,
        span("a", 1),
        span("a", 2, 1, session__id="chat", user__id="ann"),
        span(
            "a", 3, 1,
            langfuse__observation__type="generation",
            langfuse__observation__usage_details=usage,
            langfuse__observation__cost_details='{"total": 0.25}',
        ),
        span("b", 4, session__id="chat", user__id="bob", tags=["new"], metadata='{"plan": "pro", "seats": 3}'),
    )  # fmt: skip

    (session,) = store.select(Selection("sessions")).rows

    assert session["id"] == "chat"
    assert session["user_ids"] == ["ann", "bob"]
    assert session["trace_count"] == 2
    assert session["observation_count"] == 4
    assert session["total_tokens"] == 42
    assert session["calculated_total_cost"] == 0.25
    assert session["tags"] == ["new"]
    assert session["metadata"] == {"plan": "pro", "seats": 3, "service.name": "shop"}
    assert session["duration_ms"] == 4000
    assert session["latency_ms"] == 3000 + 1000


def test_an_agents_usage_counts_only_while_nothing_below_it_reports_usage(store: Store) -> None:
    agent = span("a", 1, gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=10)
    step = span("a", 2, 1)
    call = span("a", 3, 2, gen_ai__operation__name="chat", gen_ai__usage__input_tokens=10)

    put(store, agent)
    assert store.select(Selection("traces")).rows[0]["total_tokens"] == 10
    put(store, call)
    assert store.select(Selection("traces")).rows[0]["total_tokens"] == 20
    put(store, step)
    assert store.select(Selection("traces")).rows[0]["total_tokens"] == 10


def test_tokens_and_cost_are_silenced_apart_and_zeros_silence_nothing(store: Store) -> None:
    put(
        store,
        span(
            "a", 1,
            langfuse__observation__type="agent",
            langfuse__observation__usage_details='{"input": 1000}',
            langfuse__observation__cost_details='{"total": 0.5}',
        ),
        span("a", 2, 1, gen_ai__operation__name="chat", gen_ai__usage__input_tokens=900),
        span("b", 1, langfuse__observation__type="agent", langfuse__observation__usage_details='{"input": 7}'),
        span("b", 2, 1, gen_ai__operation__name="chat", gen_ai__usage__input_tokens=0, gen_ai__usage__cost=0),
    )  # fmt: skip

    first, second = store.select(Selection("traces", order=(("id", False),))).rows

    assert (first["total_tokens"], first["calculated_total_cost"]) == (900, 0.5)
    assert (second["total_tokens"], second["calculated_total_cost"]) == (7, 0.0)


def test_a_stronger_claim_moves_the_trace_and_an_empty_session_is_gone(store: Store) -> None:
    put(store, span("a", 1, gen_ai__conversation__id="guess", tags=["t"]))
    put(store, span("a", 2, 1, session__id="word"))

    assert [row["id"] for row in store.select(Selection("sessions")).rows] == ["word"]
    assert store.select(Selection("sessions")).rows[0]["tags"] == ["t"]


def test_an_orphans_word_yields_when_its_parent_arrives(store: Store) -> None:
    put(store, span("a", 3, 2, session__id="orphan"))
    put(store, span("a", 4, 3, session__id="child"))
    assert store.select(Selection("traces")).rows[0]["session_id"] == "orphan"

    put(store, span("a", 2))

    # both are children now, so the later start decides
    assert store.select(Selection("traces")).rows[0]["session_id"] == "child"
    assert store.select(Selection("traces")).rows[0]["name"] == "step 2"


def test_projects_do_not_share_sessions(store: Store) -> None:
    put(store, span("a", 1, session__id="s"))
    put(store, span("a", 1, session__id="s"), project="other")

    assert store.select(Selection("sessions")).total == 1
    assert store.select(Selection("sessions", project="other")).rows[0]["project_id"] == "other"


def test_everything_a_span_said_is_kept(store: Store) -> None:
    made = span(
        "a", 1,
        langfuse__observation__input="in " * 100,
        langfuse__observation__output='{"a": [1, 2.0, null, true]}',
        nested={"list": [1, [2, {"x": None}]], "float": 1.0},
        big=2**63 - 1,
        unicode="ä\u0000\U0001f600",
    )  # fmt: skip
    made.events = [Event(NOON, "exception", {"exception.message": "boom"}, 1)]
    made.links = [Link("c" * 32, "d" * 16, "k=v", {"why": "retry"}, 0, 1)]
    put(store, made)

    (row,) = store.select(Selection("observations")).rows

    assert row["attributes"] == made.attributes
    assert row["input"] == "in " * 100
    assert row["output"] == '{"a": [1, 2.0, null, true]}'
    assert row["events"] == [[NOON, "exception", {"exception.message": "boom"}, 1]]
    assert row["links"] == [["c" * 32, "d" * 16, "k=v", {"why": "retry"}, 0, 1]]
    assert put(store, made) == Written(stored=0, repeated=1, replaced=0)


def test_a_trace_takes_input_and_output_from_its_root_unless_it_has_its_own(store: Store) -> None:
    put(store, span("a", 2, 1, langfuse__observation__input="child"))
    put(store, span("a", 1, langfuse__observation__input="root", langfuse__observation__output="out"))
    assert store.select(Selection("traces")).rows[0]["input"] == "root"

    put(store, span("a", 3, 1, langfuse__trace__input="the trace's own"))

    (trace,) = store.select(Selection("traces")).rows
    assert (trace["input"], trace["output"]) == ("the trace's own", "out")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("session_id", "=", "s1"), "a"),
        (Condition("session_id", "<>", "s1"), "bc"),
        (Condition("session_id", "is null"), "c"),
        (Condition("name", "contains", "EP 2"), "b"),
        (Condition("name", "does not contain", "2"), "ac"),
        (Condition("name", "starts with", "step"), "abc"),
        (Condition("name", "ends with", "3"), "c"),
        (Condition("tags", "all of", ("x", "y")), "a"),
        (Condition("tags", "any of", ("y", "z")), "ab"),
        (Condition("tags", "none of", ("x",)), "bc"),
        (Condition("environment", "any of", ("default",)), "abc"),
        (Condition("metadata", "=", "pro", key="plan"), "a"),
        (Condition("metadata", ">", 2, key="deep.seats"), "b"),
        (Condition("metadata", ">", 0.1, key="price"), "c"),
        (Condition("metadata", "<", 0.1, key="price"), ""),
        (Condition("metadata", "=", True, key="on"), "a"),
        (Condition("latency_ms", ">", 1500), "b"),
        (Condition("public", "=", True), "b"),
        (Condition("timestamp", ">=", datetime.fromtimestamp(NOON / SECOND, UTC) + timedelta(seconds=2)), "bc"),
        (Condition("timestamp", "<", datetime.fromtimestamp(NOON / SECOND, UTC) + timedelta(seconds=2)), "a"),
    ],
)
def test_conditions(store: Store, condition: Condition, found: str) -> None:
    slow = span("b", 2, session__id="s2", tags=["y"], metadata='{"deep": {"seats": 3}}', langfuse__trace__public=True)
    slow.end_ns += SECOND
    put(
        store,
        span("a", 1, session__id="s1", tags=["x", "y"], metadata__plan="pro", metadata__on=True),
        slow,
        span("c", 3, metadata__price="0.15"),
    )

    page = store.select(Selection("traces", where=(condition,), order=(("timestamp", False),)))

    assert "".join(str(row["id"])[0] for row in page.rows) == found
    assert page.total == len(found)


@pytest.mark.parametrize(
    "selection",
    [
        Selection("traces", where=(Condition("colour", "=", "x"),)),
        Selection("traces", order=(("colour", True),)),
        Selection("traces", columns=("colour",)),
        Selection("traces", where=(Condition("latency_ms", ">", "slow"),)),
        Selection("traces", where=(Condition("name", ">", 5),)),
        Selection("traces", where=(Condition("timestamp", ">", "yesterday"),)),
        Selection("traces", where=(Condition("tags", ">", "x"),)),
        Selection("traces", where=(Condition("tags", "any of", "x"),)),
        Selection("traces", where=(Condition("total_tokens", ">", 10**30),)),
        Selection("tables"),  # type: ignore[arg-type]
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(store: Store, selection: Selection) -> None:
    put(store, span("a", 1))
    with pytest.raises(BadParameter):
        store.select(selection)


def test_pages_do_not_overlap(store: Store) -> None:
    put(store, *(span(trace, 1) for trace in "abcdef"))

    pages = [store.select(Selection("traces", order=(("name", True),), limit=2, offset=n)) for n in (0, 2, 4)]

    assert [page.total for page in pages] == [6, 6, 6]
    assert sorted(str(row["id"])[0] for page in pages for row in page.rows) == list("abcdef")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT nothing FROM traces",
        "SELEC 1",
        "",
        "SELECT 1; SELECT 2",
        "DELETE FROM trace",
        "INSERT INTO project VALUES (9, 'x')",
        "UPDATE trace SET name = 'x'",
        "DROP VIEW traces",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA table_list",
        "SELECT * FROM trace",
        "SELECT * FROM sqlite_schema",
        "SELECT load_extension('x')",
        "VACUUM INTO 'copy.db'",
        "BEGIN",
        "EXPLAIN SELECT name FROM trace",
        "WITH traces AS (SELECT * FROM span) SELECT * FROM traces",
        'WITH x AS (SELECT 1), "Traces" (a) AS MATERIALIZED (SELECT ref FROM span) SELECT * FROM "Traces"',
        "SELECT * FROM pragma_table_info('trace')",
        "SELECT \x00",
    ],
)
def test_sql_can_only_ask_the_views(store: Store, query: str) -> None:
    put(store, span("a", 1))
    with pytest.raises(BadQuery):
        store.sql(query)
    assert store.select(Selection("traces")).total == 1


def test_sql_answers_with_names_types_and_a_limit(store: Store) -> None:
    put(store, span("a", 1, metadata='{"k": "v"}'), span("b", 2))

    table = store.sql("SELECT id, latency_ms, metadata->>'k' AS k FROM traces ORDER BY id", limit=1)

    assert table.columns == [("id", "text"), ("latency_ms", "real"), ("k", "text")]
    assert table.rows == [("a" * 32, 1000.0, "v")]
    assert table.truncated
    assert not store.sql("SELECT id FROM traces", limit=2).truncated


def test_sql_may_use_ctes_windows_and_json(store: Store) -> None:
    put(store, span("a", 1, tags=["x", "y"]), span("b", 2))
    table = store.sql(
        "WITH busy AS (SELECT id, tags, count(*) OVER () AS n FROM traces)"
        " SELECT busy.id, t.value, n FROM busy, json_each(busy.tags) t ORDER BY 2"
    )
    assert [row[1:] for row in table.rows] == [("x", 2), ("y", 2)]


def test_endless_sql_is_stopped(store: Store) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(QueryTimeout):
        store.sql(endless, seconds=0.2)


def test_the_report_adds_up(store: Store) -> None:
    put(store, span("a", 1, session__id="s"), span("b", 1))
    put(store, span("a", 1, session__id="s"))
    store.write("default", [], [Rejected("invalid span_id", "step 9: 7 bytes")]).result(WAIT)
    store.refused("undecodable body", "POST /v1/traces: truncated")
    put(store, span("c", 1))

    report = store.report()

    assert (report.received, report.stored, report.repeated, report.replaced) == (5, 3, 1, 0)
    assert (report.traces, report.sessions, report.traces_without_session) == (3, 1, 2)
    assert {(t.name, t.count, t.example) for t in report.rejections} == {
        ("invalid span_id", 1, "step 9: 7 bytes"),
        ("undecodable body", 1, "POST /v1/traces: truncated"),
    }


def test_after_close_a_write_is_refused_and_closing_again_is_fine(store: Store) -> None:
    assert store.ready()
    store.close()
    store.close()

    assert not store.ready()
    with pytest.raises(Unavailable):
        store.write("default", observed(span("a", 1)), [])


def test_nul_characters_are_no_trouble_in_any_commit(store: Store) -> None:
    odd: dict[str, Any] = {
        "session.id": "s\0x",
        "tags": ["t\0x"],
        "metadata": '{"k\\u0000x": "v\\u0000x"}',
        "metadata.m\0": 1,
    }
    for number in (1, 2, 3):
        put(store, span("a", number, number - 1, **odd), span("b", number, **odd))

    (session,) = store.select(Selection("sessions")).rows

    assert (session["id"], session["trace_count"], session["observation_count"]) == ("s\ufffdx", 2, 6)
    assert session["tags"] == ["t\ufffdx"]
    assert session["metadata"] == {"k\ufffdx": "v\0x", "m\ufffd": 1, "service.name": "shop"}
    (first, *_) = store.select(Selection("observations")).rows
    assert first["attributes"] == odd


def test_extreme_values_neither_fail_nor_spoil_the_others(store: Store) -> None:
    far = span("a", 1, session__id="s", langfuse__observation__usage_details='{"input": 1e300, "total": -5}')
    far.start_ns, far.end_ns = 2**64 - 1, 2**64 - 1
    rich = span("b", 1, session__id="s", langfuse__observation__cost_details='{"total": 1e300}')
    deep = span("c", 1, session__id="s", metadata="[" * 5000 + "]" * 5000)
    put(store, far, rich, deep, span("d", 1, session__id="s" * 100_000))

    assert store.select(Selection("traces")).total == 4
    (session,) = store.select(Selection("sessions", where=(Condition("id", "=", "s"),))).rows
    assert (session["trace_count"], session["total_tokens"]) == (3, 0)
    assert put(store, far) == Written(stored=0, repeated=1, replaced=0)
