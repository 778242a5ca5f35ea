from __future__ import annotations

from sidetrace.mapping.messages import messages
from sidetrace.proto.span import Event, Scope, Value

from .reading import START, read

SMOLAGENTS = Scope("openinference.instrumentation.smolagents", "0.1.43")
RUN: dict[str, Value] = {"openinference.span.kind": "AGENT", "llm.token_count.prompt": 84, "llm.token_count.total": 118}


def test_a_run_keeps_its_sums_and_is_no_call() -> None:
    o = read(RUN | {"smolagents.task": "find out", "llm.model_name": "m"}, scope=SMOLAGENTS, name="CodeAgent.run")
    assert (o.type, o.input_tokens, o.input_key) == ("AGENT", 84, "smolagents.task")
    assert read(RUN | {"smolagents.task": "t", "input.value": "v"}, scope=SMOLAGENTS).input_key == "input.value"


def test_an_error_that_the_agent_took_as_an_answer_is_a_warning() -> None:
    event = Event(START, "agent.step_recovery", {"type": "AgentToolCallError", "message": "no such tool"})
    later = Event(START + 1, "agent.step_recovery", {"message": "again"})
    o = read({"openinference.span.kind": "CHAIN"}, scope=SMOLAGENTS, events=[event, later], name="Step 1")
    assert (o.type, o.level, o.status_message) == ("CHAIN", "WARNING", "no such tool")
    assert read({}, scope=SMOLAGENTS, events=[event], status_code=2).level == "ERROR"
    assert read({}, events=[event]).level == "DEFAULT"
    other = Event(START, "agent.step", {"message": "fine"})
    assert read({}, scope=SMOLAGENTS, events=[other]).level == "DEFAULT"


def test_its_roles_fold() -> None:
    words = ("tool-call", "tool-response", "user")
    found = messages([{"role": word, "content": "18C"} for word in words], "input") or []
    assert [message["role"] for message in found] == ["assistant", "tool", "user"]
