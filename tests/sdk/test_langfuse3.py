"""The real Langfuse SDK 3.15, with the examples of its documentation."""

from __future__ import annotations

import re
from pathlib import Path

from ..running import Running, sidetrace
from .conftest import Run


def test_the_sessions_page(server: Running, run: Run, python_with_langfuse_3: Path) -> None:
    said = run("langfuse3_sessions.py", python_with_langfuse_3)

    sessions = {session["id"]: session for session in server.rows("sessions")}
    assert sessions.keys() == {"your-session-id", "chat-session-123"}
    assert sessions["your-session-id"]["countTraces"] == 2
    chat = sessions["chat-session-123"]
    assert (chat["countTraces"], chat["countObservations"], chat["totalCost"]) == (1, 2, 0.0042)
    assert (chat["inputTokens"], chat["outputTokens"], chat["totalTokens"]) == (12, 3, 15)

    traces = server.one("sessions", "your-session-id")["traces"]
    assert [trace["name"] for trace in traces] == ["process_request", "another-operation"]
    assert traces[0]["output"] == "processed"

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


def test_three_traces_share_a_session(server: Running, run: Run, python_with_langfuse_3: Path) -> None:
    run("langfuse3_three_traces.py", python_with_langfuse_3)

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

    drawn = sidetrace("session", "analysis_abc123", "--db", server.database).splitlines()
    time = r"\d+\.\d+s"
    wanted = [
        rf"Session: analysis_abc123 \({time}, \$0\.23\)",
        rf"├── url_fetch \({time}, \$0\.02\)",
        rf"├── content_analysis \({time}, \$0\.18\)",
        rf"│   ├── retrieval \({time}, \$0\.01\)",
        rf"│   ├── security_audit \({time}, \$0\.05\)",
        rf"│   ├── tech_comparison \({time}, \$0\.04\)",
        rf"│   └── implementation_plan \({time}, \$0\.08\)",
        rf"└── quality_gate \({time}, \$0\.03\)",
    ]
    assert len(drawn) == len(wanted)
    for line, pattern in zip(drawn, wanted, strict=True):
        assert re.fullmatch(pattern, line), (line, pattern)


def test_the_session_of_the_picture_is_drawn_to_the_character(
    server: Running, run: Run, python_with_langfuse_3: Path
) -> None:
    run("langfuse3_timed.py", python_with_langfuse_3)
    assert sidetrace("session", "analysis_abc123", "--db", server.database) == (
        "Session: analysis_abc123 (15.2s, $0.23)\n"
        "├── url_fetch (1.0s, $0.02)\n"
        "├── content_analysis (12.5s, $0.18)\n"
        "│   ├── retrieval (0.5s, $0.01)\n"
        "│   ├── security_audit (3.0s, $0.05)\n"
        "│   ├── tech_comparison (2.5s, $0.04)\n"
        "│   └── implementation_plan (6.5s, $0.08)\n"
        "└── quality_gate (1.7s, $0.03)\n"
    )


def test_users_metadata_and_tags(server: Running, run: Run, python_with_langfuse_3: Path) -> None:
    run("langfuse3_users.py", python_with_langfuse_3)

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
        "agent_count": 8,
        "total_cost_usd": "0.15",  # version 3 sends a fraction as text, exactly as it sends that text
        "difficulty": "complex",
        "language": "en",
    }
    assert {trace["name"] for trace in server.rows("traces", tags="production")} == {
        "analysis_with_metadata",
        "production_analysis",
        "content_analysis_workflow",
    }
    assert [trace["name"] for trace in server.rows("traces", tags="staging")] == ["staging_analysis"]
    assert server.sql(
        "SELECT metadata->>'content_type', count(*), typeof(metadata->>'agent_count') FROM traces"
        " WHERE metadata->>'agent_count' = 8 GROUP BY 1 ORDER BY 1"
    ) == [(None, 1, "integer"), ("article", 1, "integer")]


def test_nested_agents_belong_to_the_session_of_their_workflow(
    server: Running, run: Run, python_with_langfuse_3: Path
) -> None:
    run("langfuse3_users.py", python_with_langfuse_3)

    session = server.one("sessions", "analysis_xyz789")
    assert (session["countTraces"], session["countObservations"], session["userIds"]) == (1, 7, ["user_7"])
    assert (session["inputTokens"], session["outputTokens"], session["totalCost"]) == (30, 15, 0.009)
    assert session["tags"] == ["content-analysis", "orchestkit", "production"]
    assert session["metadata"] == {
        "analysis_id": "xyz789",
        "content_length": 14,
        "agent_count": 8,
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
    (warned,) = [o for o in observations if o["level"] == "WARNING"]
    assert warned["statusMessage"] == "not convinced"
