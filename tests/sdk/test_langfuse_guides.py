"""The examples of Langfuse's page about sessions and of a guide to them, with the SDKs 3, 4 and 5.

The guides are written for version 3; for 4 and 5 the same programs say `propagate_attributes`.
"""

from __future__ import annotations

import re

import pytest

from ..running import Running, sidetrace
from .conftest import Run

VERSIONS = pytest.mark.parametrize(
    ("environment", "written_for"),
    [("langfuse-3", "langfuse3"), ("langfuse-4", "langfuse45"), ("langfuse-5", "langfuse45")],
)

PICTURE = """\
Session: analysis_abc123 (15.2s, $0.23)
├── url_fetch (1.0s, $0.02)
├── content_analysis (12.5s, $0.18)
│   ├── retrieval (0.5s, $0.01)
│   ├── security_audit (3.0s, $0.05)
│   ├── tech_comparison (2.5s, $0.04)
│   └── implementation_plan (6.5s, $0.08)
└── quality_gate (1.7s, $0.03)
"""
"""The guide's picture of a session."""


@VERSIONS
def test_the_sessions_page(server: Running, run: Run, environment: str, written_for: str) -> None:
    said = run(f"{written_for}_sessions.py", environment)

    sessions = {session["id"]: session for session in server.rows("sessions")}
    assert sessions.keys() == {"your-session-id", "chat-session-123"}
    assert sessions["your-session-id"]["countTraces"] == 2
    chat = sessions["chat-session-123"]
    assert (chat["countTraces"], chat["countObservations"], chat["totalCost"]) == (1, 2, 0.0042)
    assert (chat["inputTokens"], chat["outputTokens"], chat["totalTokens"]) == (12, 3, 15)

    traces = server.one("sessions", "your-session-id")["traces"]
    assert [trace["name"] for trace in traces] == ["process_request", "another-operation"]
    assert traces[0]["output"] == "processed"

    assert drawn(server, "your-session-id") == (
        "Session: your-session-id (0s)\n├── process_request (0s)\n└── another-operation (0s)\n"
    )
    assert drawn(server, "chat-session-123") == (
        "Session: chat-session-123 (0s, $0.0042)\n"
        "└── process-chat-message (0s, $0.0042)\n"
        "    └── generate-response (0s, $0.0042)\n"
    )

    trace = server.one("traces", said["trace"])
    assert (trace["name"], trace["sessionId"]) == ("process-chat-message", "chat-session-123")
    generation = next(o for o in trace["observations"] if o["id"] == said["generation"])
    assert (generation["name"], generation["type"]) == ("generate-response", "GENERATION")
    assert (generation["model"], generation["output"]) == ("gpt-4o", "Hello!")
    assert generation["sessionId"] == "chat-session-123", "though only its parent carried it"

    assert said["read"] == {
        "session": ["your-session-id", ["another-operation", "process_request"]],
        "trace": ["chat-session-123", 0.0042, ["generate-response", "process-chat-message"]],
        "auth": True,
    }


@VERSIONS
def test_three_traces_share_a_session(server: Running, run: Run, environment: str, written_for: str) -> None:
    run(f"{written_for}_three_traces.py", environment)

    (session,) = server.rows("sessions")
    assert session["id"] == "analysis_abc123"
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (3, 7, 0)
    assert (session["totalCost"], session["totalTokens"]) == (0.23, 1200)

    tree = server.tree("analysis_abc123")
    assert [(trace["name"], trace["cost"]) for trace in tree["traces"]] == [
        ("url_fetch", 0.02),
        ("content_analysis", 0.18),
        ("quality_gate", 0.03),
    ]
    assert [(child["name"], child["type"], child["cost"]) for child in tree["traces"][1]["children"]] == [
        ("retrieval", "GENERATION", 0.01),
        ("security_audit", "GENERATION", 0.05),
        ("tech_comparison", "GENERATION", 0.04),
        ("implementation_plan", "GENERATION", 0.08),
    ]

    lasted = {o["name"]: o["latency"] for o in server.rows("observations")}
    slept = {name: float(tenfold) / 10 for name, tenfold in re.findall(r"(\w+) \((\S+)s,", PICTURE.partition("\n")[2])}
    assert lasted.keys() == slept.keys()
    assert all(slept[name] - 0.01 < lasted[name] < slept[name] + 2 for name in slept), lasted
    total = sum(lasted[trace] for trace in ("url_fetch", "content_analysis", "quality_gate"))
    wanted = re.sub(r"(\w+) \(\S+s,", lambda line: f"{line[1]} ({lasted.get(line[1], total):.1f}s,", PICTURE)
    assert sidetrace("session", "analysis_abc123", "--db", server.database) == wanted


def drawn(server: Running, session: str) -> str:
    """Return the tree of a session as printed, with every time as `0s`."""
    printed = sidetrace("session", session, "--db", server.database)
    return re.sub(r"\(\d+\.\d+s", "(0s", printed)


@VERSIONS
def test_the_session_of_the_picture_is_drawn_to_the_character(
    server: Running, run: Run, environment: str, written_for: str
) -> None:
    run(f"{written_for}_timed.py", environment)
    assert sidetrace("session", "analysis_abc123", "--db", server.database) == PICTURE


@VERSIONS
def test_users_metadata_and_tags(server: Running, run: Run, environment: str, written_for: str) -> None:
    run(f"{written_for}_users.py", environment)

    users = {user["id"]: user for user in server.rows("users")}
    assert {name: (user["countTraces"], user["countSessions"]) for name, user in users.items()} == {
        "user_42": (1, 1),
        "user_43": (1, 1),
        "user_123": (1, 0),
        "user_7": (1, 1),
    }
    assert server.one("sessions", "session_abc")["userIds"] == ["user_42", "user_43"]
    assert server.one("users", "user_42")["sessionIds"] == ["session_abc"]

    (described,) = server.rows("traces", userId="user_123")
    assert described["name"] == "analysis_with_metadata"
    assert described["tags"] == ["orchestkit", "production", "security"]
    assert described["metadata"] == {
        "content_type": "article",
        "url": "https://example.com/post",
        "analysis_id": "abc123",
        "agent_count": as_sent(environment, 8),
        "total_cost_usd": as_sent(environment, 0.15),
        "difficulty": "complex",
        "language": "en",
    }
    assert {trace["name"] for trace in server.rows("traces", tags="production")} == {
        "analysis_with_metadata",
        "production_analysis",
        "content_analysis_workflow",
    }
    assert [trace["name"] for trace in server.rows("traces", tags="staging")] == ["staging_analysis"]
    kind = "text" if environment == "langfuse-4" else "integer"
    assert server.sql(
        "SELECT metadata->>'content_type', count(*), typeof(metadata->>'agent_count') FROM traces"
        " WHERE CAST(metadata->>'agent_count' AS INTEGER) = 8 GROUP BY 1 ORDER BY 1"
    ) == [(None, 1, kind), ("article", 1, kind)]


def as_sent(environment: str, number: float) -> object:
    """Return a number in metadata as it arrives: some versions send it exactly as they send that text."""
    if environment == "langfuse-5" or (environment == "langfuse-3" and isinstance(number, int)):
        return number
    return str(number)


@VERSIONS
def test_nested_agents_belong_to_the_session_of_their_workflow(
    server: Running, run: Run, environment: str, written_for: str
) -> None:
    run(f"{written_for}_users.py", environment)

    session = server.one("sessions", "analysis_xyz789")
    assert (session["countTraces"], session["countObservations"], session["userIds"]) == (1, 7, ["user_7"])
    assert (session["inputTokens"], session["outputTokens"], session["totalCost"]) == (30, 15, 0.009)
    assert session["tags"] == ["content-analysis", "orchestkit", "production"]
    assert session["metadata"] == {
        "analysis_id": "xyz789",
        "content_length": as_sent(environment, 14),
        "agent_count": as_sent(environment, 8),
        "environment": "production",
    }
    (trace,) = session["traces"]
    assert (trace["input"], trace["output"]) == (
        {"args": ["xyz789", "a long article", "user_7"], "kwargs": {}},
        ["reader", "sceptic", "writer"],
    )
    assert trace["level"] == "WARNING"

    observations = server.rows("observations", traceId=trace["id"])
    assert {(o["sessionId"], o["userId"]) for o in observations} == {("analysis_xyz789", "user_7")}
    (branch,) = server.tree("analysis_xyz789")["traces"]
    assert [(agent["name"], agent["type"], agent["cost"]) for agent in branch["children"]] == [
        ("execute_agent", "AGENT", 0.003)
    ] * 3
    assert [agent["children"][0]["name"] for agent in branch["children"]] == ["ask reader", "ask sceptic", "ask writer"]
    assert drawn(server, "analysis_xyz789") == (
        "Session: analysis_xyz789 (0s, $0.0090)\n"
        "└── content_analysis_workflow (0s, $0.0090)\n"
        "    ├── execute_agent (0s, $0.0030)\n"
        "    │   └── ask reader (0s, $0.0030)\n"
        "    ├── execute_agent (0s, $0.0030)\n"
        "    │   └── ask sceptic (0s, $0.0030)\n"
        "    └── execute_agent (0s, $0.0030)\n"
        "        └── ask writer (0s, $0.0030)\n"
    )
    (warned,) = [o for o in observations if o["level"] == "WARNING"]
    assert warned["statusMessage"] == "not convinced"
