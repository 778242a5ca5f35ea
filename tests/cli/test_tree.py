"""`sidetrace session ID` and `sidetrace trace ID`: the trees, to the character."""

from __future__ import annotations

import json

from sidetrace.proto.span import Span

from .conftest import Run, Stored, span

DESIGNED = """\
Session: analysis_abc123 (15.2s, $0.23)
├── url_fetch (1.0s, $0.02)
├── content_analysis (12.5s, $0.18)
│   ├── retrieval (0.5s, $0.01)
│   └── security_audit (3.0s, $0.05)
└── quality_gate (1.7s, $0.03)
"""


def analysis() -> list[Span]:
    """The session of design section 5: three traces, the second of which holds an answer of its own and two steps."""
    session = "analysis_abc123"
    return [
        span(1, 11, "url_fetch", 1.0, cost=0.02, session=session),
        span(2, 21, "content_analysis", 12.5, after=2, cost=0.12, session=session, type="generation"),
        span(2, 22, "retrieval", 0.5, parent=21, after=3, cost=0.01),
        span(2, 23, "security_audit", 3.0, parent=21, after=4, cost=0.05, type="generation"),
        span(3, 31, "quality_gate", 1.7, after=15, cost=0.03, session=session),
    ]


def test_a_session_is_drawn_as_designed(run: Run, stored: Stored) -> None:
    answer = run("session", "analysis_abc123", "--db", stored(analysis()))
    assert answer.out == DESIGNED
    assert (answer.code, answer.err) == (0, "")


def test_a_step_that_repeats_the_cost_of_what_is_below_it_does_not_add_to_it(run: Run, stored: Stored) -> None:
    session = "s"
    path = stored(
        [
            span(2, 21, "content_analysis", 12.5, cost=0.18, session=session),
            span(2, 22, "retrieval", 0.5, parent=21, after=1, cost=0.01),
            span(2, 23, "security_audit", 3.0, parent=21, after=2, cost=0.05),
            span(2, 24, "tech_comparison", 2.5, parent=21, after=3, cost=0.04),
            span(2, 25, "implementation_plan", 6.5, parent=21, after=4, cost=0.08),
        ]
    )
    assert run("session", "s", "--db", path).out == (
        "Session: s (12.5s, $0.18)\n"
        "└── content_analysis (12.5s, $0.18)\n"
        "    ├── retrieval (0.5s, $0.01)\n"
        "    ├── security_audit (3.0s, $0.05)\n"
        "    ├── tech_comparison (2.5s, $0.04)\n"
        "    └── implementation_plan (6.5s, $0.08)\n"
    )


def test_a_trace_is_drawn_with_its_own_name_and_its_branches(run: Run, stored: Stored) -> None:
    answer = run("trace", f"{2:032x}", "--db", stored(analysis()))
    assert answer.out == (
        "Trace: content_analysis (12.5s, $0.18)\n├── retrieval (0.5s, $0.01)\n└── security_audit (3.0s, $0.05)\n"
    )


def test_what_nobody_knows_is_left_out(run: Run, stored: Stored) -> None:
    path = stored([span(1, 11, "fetch", 0.012, session="s")])
    assert run("session", "s", "--db", path).out == "Session: s (0.012s)\n└── fetch (0.012s)\n"


def test_a_cost_below_a_cent_keeps_two_digits(run: Run, stored: Stored) -> None:
    path = stored([span(1, 11, "ask", 1.0, cost=0.000016, session="s"), span(2, 21, "free", 1.0, cost=0)])
    assert run("session", "s", "--db", path).out == "Session: s (1.0s, $0.000016)\n└── ask (1.0s, $0.000016)\n"
    assert run("trace", f"{2:032x}", "--db", path).out == "Trace: free (1.0s, $0.00)\n"


def test_a_long_name_is_neither_wrapped_nor_cut_and_no_line_ends_in_a_space(run: Run, stored: Stored) -> None:
    name = "a name with words " * 40
    path = stored([span(1, 11, name, 1.0, session="s"), span(1, 12, name, 1.0, parent=11, after=1)])
    lines = run("session", "s", "--db", path).out.splitlines()
    assert len(lines) == 3
    assert lines[2] == f"    └── {name.strip()} (1.0s)"
    assert all(line == line.rstrip() for line in lines)


def test_a_name_cannot_act_on_the_terminal_or_forge_a_line(run: Run, stored: Stored) -> None:
    path = stored([span(1, 11, "\x1b[2Jboo\n└── forged (0.0s)\x9b31m[bold]", 1.0, session="s\x07\x1b[0m")])
    (listed,) = json.loads(run("sessions", "--json", "--db", path).out)["data"]
    answer = run("session", listed["id"], "--db", path)
    assert answer.out == ("Session: s\\x07\\x1b[0m (1.0s)\n└── \\x1b[2Jboo\\n└── forged (0.0s)\\x9b31m[bold] (1.0s)\n")


def test_the_same_trees_come_as_json(run: Run, stored: Stored) -> None:
    path = stored(analysis())
    session = json.loads(run("session", "analysis_abc123", "--json", "--db", path).out)
    assert (session["id"], session["latencyMs"], session["cost"]) == ("analysis_abc123", 15200.0, 0.23)
    assert [trace["name"] for trace in session["traces"]] == ["url_fetch", "content_analysis", "quality_gate"]
    assert [child["name"] for child in session["traces"][1]["children"]] == ["retrieval", "security_audit"]
    trace = json.loads(run("trace", f"{2:032x}", "--json", "--db", path).out)
    assert [one["name"] for one in trace["observations"]] == ["content_analysis", "retrieval", "security_audit"]


def test_what_is_not_there_is_said_in_one_line(run: Run, stored: Stored) -> None:
    path = stored(analysis())
    for kind in ("session", "trace", "user"):
        answer = run(kind, "nowhere", "--db", path)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err == f"sidetrace: no {kind} has the id 'nowhere'\n"
