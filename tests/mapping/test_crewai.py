from __future__ import annotations

from sidetrace.proto.span import Scope, Value

from .captured import kinds, observed
from .reading import claimed, read

CREWAI = Scope("opentelemetry.instrumentation.crewai.instrumentation", "0.36.0")
AGENT: dict[str, Value] = {"gen_ai.operation.name": "invoke_agent"}


def test_ids_of_crews_tasks_and_flows_are_no_sessions() -> None:
    ids = ("crew_id", "crew_key", "kickoff_id", "task_id", "task_key", "flow_id", "agent_id", "crewai.crew.id",
           "crewai.task.id", "crewai.agent.id")  # fmt: skip
    assert claimed(read(dict.fromkeys(ids, "x"), scope=CREWAI)) == {}


def test_three_levels_that_all_say_invoke_agent() -> None:
    assert read(AGENT, scope=CREWAI, name="crewai.workflow").type == "CHAIN"
    assert read(AGENT | {"traceloop.span.kind": "task"}, scope=CREWAI, name="t.task").type == "SPAN"
    assert read(AGENT | {"traceloop.span.kind": "agent"}, scope=CREWAI, name="a.agent").type == "AGENT"
    assert read(AGENT, name="crewai.workflow").type == "AGENT"


def test_inputs_outputs_and_models() -> None:
    assert read({"crew_inputs": '{"city": "Paris"}'}).input_key == "crew_inputs"
    assert read({"flow_inputs": "x", "input.value": "v"}).input_key == "input.value"
    assert read({"crewai.task.description": "do"}).input_key == "crewai.task.description"
    assert read({"flow_inputs": "x"}).input_key == "flow_inputs"
    for kind in ("crew", "flow"):
        assert read({f"crewai.{kind}.result": "done"}).output_key == f"crewai.{kind}.result"
    assert read({"crewai.agent.llm": "gpt-4o-mini"}).model == "gpt-4o-mini"


def test_a_crews_usage_is_not_read() -> None:
    o = read(AGENT | {"crewai.crew.token_usage": "total_tokens=118 prompt_tokens=84"}, scope=CREWAI)
    assert o.usage_details == {}


def test_captured_through_openllmetry() -> None:
    found = observed("openllmetry/crewai")
    assert kinds(found) == {
        "crewai.workflow": "CHAIN", "What is the weather in Paris?.task": "SPAN", "Weather bot.agent": "AGENT",
    }  # fmt: skip
    crew = next(o for o in found if o.type == "CHAIN")
    assert crew.output_key == "crewai.crew.result"
    assert not any(o.usage_details or "session_id" in o.claims for o in found)


def test_captured_through_openinference() -> None:
    found = observed("openinference/crewai")
    assert kinds(found) == {
        "weather_crew.kickoff": "CHAIN", "Weather bot.weather_task._execute_core": "AGENT", "get_weather.run": "TOOL",
    }  # fmt: skip
    assert {(o.input_key, o.output_key) for o in found} == {("input.value", "output.value")}
    assert not any("session_id" in o.claims for o in found)
