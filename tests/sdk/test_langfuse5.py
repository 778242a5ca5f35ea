"""The real Langfuse SDK 5."""

from __future__ import annotations

from ..running import Running, sidetrace
from .conftest import Run


def test_an_agent_with_all_that_is_propagated(server: Running, run: Run) -> None:
    said = run("langfuse5_agents.py", "langfuse-5")
    assert said["auth"] is True

    trace = server.one("traces", said["trace"])
    assert (trace["name"], trace["version"]) == ("weather question", "2.1.0")
    assert (trace["sessionId"], trace["userId"]) == ("weather-session", "user-5")
    assert trace["tags"] == ["beta", "weather"]
    assert trace["metadata"] == {"plan": "pro", "digits": "0042", "json": '{"a": 1}'}
    assert (trace["input"], trace["output"]) == (
        {"args": ["What is the weather in Paris?"], "kwargs": {}},
        "It is sunny.",
    )
    assert (trace["countObservations"], trace["totalTokens"], trace["totalCost"]) == (4, 50, 0.0003)

    observations = {observation["name"]: observation for observation in trace["observations"]}
    assert {name: observation["type"] for name, observation in observations.items()} == {
        "weather agent": "AGENT",
        "look_up": "TOOL",
        "answer": "GENERATION",
        "answered": "EVENT",
    }
    assert {o["parentObservationId"] for name, o in observations.items() if name != "weather agent"} == {
        observations["weather agent"]["id"]
    }
    assert observations["look_up"]["output"] == {"city": "Paris", "degrees": 21.5}
    answer = observations["answer"]
    assert answer["id"] == said["generation"]
    assert (answer["model"], answer["modelParameters"]) == ("gpt-4o", {"temperature": 0.2, "max_tokens": 100})
    assert answer["input"] == [{"role": "user", "content": "What is the weather in Paris?"}]
    assert answer["usageDetails"] == {"input": 40, "output": 10, "total": 50}
    assert answer["costDetails"] == {"input": 0.0001, "output": 0.0002, "total": 0.0003}
    assert observations["answered"]["startTime"] == observations["answered"]["endTime"]


def test_json_encoded_metadata_comes_out_typed(server: Running, run: Run) -> None:
    said = run("langfuse5_agents.py", "langfuse-5")
    (answer,) = [o for o in server.one("traces", said["trace"])["observations"] if o["id"] == said["generation"]]
    own = {"attempt": 1, "cached": False, "note": "first", "scores": [0.5, 1]}
    assert {key: answer["metadata"].get(key) for key in own} == own
    assert server.sql(
        "SELECT metadata->>'attempt' + 1, metadata->>'note', metadata->>'scores' FROM observations"
        f" WHERE id = '{said['generation']}'"
    ) == [(2, "first", "[0.5,1]")]


def test_a_session_of_two_users_with_an_error(server: Running, run: Run) -> None:
    run("langfuse5_agents.py", "langfuse-5")

    session = server.one("sessions", "weather-session")
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 5, 1)
    assert session["userIds"] == ["user-5", "user-6"]
    failed = session["traces"][1]
    assert (failed["name"], failed["level"], failed["userId"]) == ("fails", "ERROR", "user-6")
    (observation,) = server.rows("observations", level="ERROR")
    assert (observation["traceId"], observation["statusMessage"]) == (failed["id"], "no such city")
    assert {user["id"]: user["errorCount"] for user in server.rows("users")} == {"user-5": 0, "user-6": 1}


def test_a_session_that_is_named_late_holds_the_whole_trace(server: Running, run: Run) -> None:
    said = run("langfuse5_agents.py", "langfuse-5")

    session = server.one("sessions", "late-session")
    assert [trace["id"] for trace in session["traces"]] == [said["late"]]
    assert (session["countObservations"], session["totalTokens"], session["totalCost"]) == (3, 8, 0.5)
    assert {o["sessionId"] for o in server.rows("observations", traceId=said["late"])} == {"late-session"}
    assert [
        line.split(" (")[0] for line in sidetrace("session", "late-session", "--db", server.database).splitlines()
    ] == [
        "Session: late-session",
        "└── late root",
        "    ├── before",
        "    └── after",
    ]


def test_nothing_of_it_is_refused_or_misread(server: Running, run: Run) -> None:
    run("langfuse5_agents.py", "langfuse-5")
    doctor = server.doctor()
    assert (doctor["received"], doctor["stored"]) == (8, 8)
    assert (doctor["rejections"], doctor["problems"], doctor["tracesWithoutSession"]) == ([], [], 0)
