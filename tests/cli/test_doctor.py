"""`sidetrace doctor`."""

from __future__ import annotations

import json

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Rejected, Value
from sidetrace.storage.forwarding import Bound, Copy, Ending
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Event

from .conftest import Run, Stored, span

SPANS = [
    span(1, 11, "asked", 1.0, session="s", user="u"),
    span(2, 21, "orphaned", 1.0, after=5, user="v", attributes={"metadata.thread": "t-1"}),
]
REJECTED = [Rejected("no trace id", "span 'lost\x1b[2J' of service 'shop'")]


def test_doctor_counts_what_came_and_says_what_was_refused_and_why(run: Run, stored: Stored) -> None:
    path = stored([*SPANS, SPANS[0]], REJECTED)
    answer = run("doctor", "--db", path)
    assert (answer.code, answer.err) == (0, "")
    facts = dict(line.split(":", 1) for line in answer.out.split("\n\n")[0].splitlines())
    numbers = {name: value.split()[0] for name, value in facts.items()}
    assert numbers["database"] == str(path)
    assert [numbers[name] for name in ("spans received", "stored", "repeated", "replaced", "rejected")] == [
        "4", "2", "1", "0", "1",
    ]  # fmt: skip
    assert [numbers[name] for name in ("traces", "without a session", "sessions", "users")] == ["2", "1", "1", "2"]
    assert "no trace id" in answer.out
    assert "span 'lost\\x1b[2J' of service 'shop'" in answer.out


def test_doctor_shows_traces_without_a_session_and_what_they_carried_instead(run: Run, stored: Stored) -> None:
    section = run("doctor", "--db", stored(SPANS)).out.split("Newest traces without a session:\n")[1]
    (_, row) = section.split("\n\n")[0].splitlines()
    assert row.split()[:4] == [f"{2:032x}", "orphaned", "v", "thread"]


def test_doctor_shows_what_waits_for_each_exporter_and_what_was_not_taken(run: Run, stored: Stored) -> None:
    path = stored(SPANS)
    assert "Sent on" not in run("doctor", "--db", path).out
    assert json.loads(run("doctor", "--db", path, "--json").out)["exporters"] == []
    store = SqliteStore.open(path)
    store.register(["otlp/far"])
    far = Bound("otlp/far", 3, 1000, 100_000)
    for size in (10, 2000, 30, 40):
        store.write("default", [], [], (), Copy("traces", False, b"x" * size, False, 2, (far,))).result(30)
    first, *_ = store.outgoing("otlp/far", 0, 10)
    store.settle("otlp/far", [Ending(first.ref, "refused", "HTTP 400", "no\x1b[2J")]).result(30)
    store.settle("otlp/far", [Ending(first.ref, "sent")]).result(30)  # it is gone already
    store.register([])
    store.close()
    (found,) = json.loads(run("doctor", "--db", path, "--json").out)["exporters"]
    assert {name: found[name] for name in found if name not in ("oldestWaiting", "troubles")} == {
        "exporter": "otlp/far", "configured": False,
        "waitingRequests": 2, "waitingItems": 4, "waitingBytes": 2030,
        "sentRequests": 0, "sentItems": 0, "refusedRequests": 1, "droppedRequests": 1, "rejectedItems": 0,
        "lastError": "HTTP 400: no\x1b[2J",
    }  # fmt: skip
    out = run("doctor", "--db", path).out
    assert "not configured" in out
    assert "no\\x1b[2J" in out
    assert "the queue was full" in out


def test_doctor_counts_events_that_wait_for_their_trace(run: Run, stored: Stored) -> None:
    path = stored(SPANS)
    assert "events without a trace" not in run("doctor", "--db", path).out
    store = SqliteStore.open(path)
    store.record("default", [Event("e", "span-update", 1, "", "lost", {"output": "x"})]).result(30)
    store.close()
    assert "events without a trace: 1, of observations such as lost" in " ".join(
        run("doctor", "--db", path).out.split()
    )
    found = json.loads(run("doctor", "--db", path, "--json").out)
    assert (found["eventsWithoutTrace"], found["observationsAwaited"]) == (1, ["lost"])


def test_doctor_names_the_line_of_configuration_that_would_make_a_session(run: Run, stored: Stored) -> None:
    lonely = [
        span(n, n, "asked", 1.0, attributes={"app.conversation": f"c-{n}", "mcp.session.id": "m"}) for n in (3, 4)
    ]
    path = stored([*SPANS, *lonely])
    (hint, other) = json.loads(run("doctor", "--json", "--db", path).out)["sessionHints"]
    assert (hint["attribute"], hint["traces"], hint["example"][:2]) == ("app.conversation", 2, "c-")
    assert hint["configuration"] == "mapping: {session_id: [app.conversation]}"
    assert other["attribute"] == "metadata.thread"
    assert "mapping: {session_id: [app.conversation]}" in run("doctor", "--db", path).out


def test_doctor_shows_where_spans_disagree_and_what_was_chosen(run: Run, stored: Stored) -> None:
    two_minds = [span(5, 51, "root", 1.0, session="thread"), span(5, 52, "inner", 1.0, parent=51, session="app")]
    one_mind = [span(6, 61, "root", 1.0, session="one"), span(6, 62, "inner", 1.0, parent=61, session="one")]
    path = stored([*two_minds, *one_mind])
    found = json.loads(run("doctor", "--json", "--db", path).out)
    assert found["tracesWithDisagreement"] == 1
    assert found["disagreements"] == [
        {"traceId": f"{5:032x}", "field": "sessionId", "chosen": "thread", "others": ["app"]}
    ]
    assert "Traces whose spans disagree" in run("doctor", "--db", path).out


def test_doctor_lists_models_without_a_price(run: Run, stored: Stored) -> None:
    attributes: dict[str, Value] = {"gen_ai.request.model": "house-llm", "gen_ai.usage.input_tokens": 3}
    path = stored([span(7, 71, "chat", 1.0, attributes=attributes)])
    assert json.loads(run("doctor", "--json", "--db", path).out)["modelsWithoutPrice"] == [
        {"model": "house-llm", "observations": 1}
    ]


def test_doctor_in_json_holds_the_same(run: Run, stored: Stored) -> None:
    findings = json.loads(run("doctor", "--json", "--db", stored(SPANS, REJECTED)).out)
    counted = ("received", "stored", "repeated", "replaced", "rejected", "tracesWithoutSession")
    assert [findings[name] for name in counted] == [3, 2, 0, 0, 1, 1]
    assert [(one["name"], one["count"]) for one in findings["rejections"]] == [("no trace id", 1)]
    assert [one["id"] for one in findings["newestTracesWithoutSession"]] == [f"{2:032x}"]


def test_doctor_works_while_a_receiver_holds_the_file(run: Run, stored: Stored) -> None:
    path = stored(SPANS)
    store = SqliteStore.open(path)
    try:
        store.write("default", [Mapper().map(span(3, 31, "later", 1.0))], []).result(timeout=30)
        assert json.loads(run("doctor", "--json", "--db", path).out)["stored"] == 3
    finally:
        store.close()


def test_doctor_of_an_empty_file_is_content(run: Run, stored: Stored) -> None:
    answer = run("doctor", "--db", stored([]))
    assert answer.code == 0
    assert "Refused" not in answer.out
    assert "Newest" not in answer.out


def test_doctor_finds_sessions_under_many_names(run: Run, stored: Stored) -> None:
    keys = [
        "conv",
        "room_id",
        "sid",
        "my.chat",
        "x.sessionkey",
        "call.session_ref",
        "conversation_ref",
        "interaction_id",
    ]
    path = stored([span(8, 81, "asked", 1.0, attributes={**dict.fromkeys(keys, "v-1"), "convert": "x", "inside": "y"})])
    hints = json.loads(run("doctor", "--json", "--db", path).out)["sessionHints"]
    assert sorted(hint["attribute"] for hint in hints) == sorted(keys)
