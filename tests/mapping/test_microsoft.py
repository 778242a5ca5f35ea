"""Semantic Kernel, Agent Framework and AutoGen."""

from __future__ import annotations

from sidetrace.proto.span import Scope, Value

from .captured import observed
from .picked import counts, named
from .reading import claimed, read

FRAMEWORK, RUNTIME = Scope("agent_framework", "1.23.0"), Scope("autogen SingleThreadedAgentRuntime")


def test_captured_semantic_kernel() -> None:
    found = observed("semantic-kernel/chat-agent")
    assert counts(found) == [(42, 17)] * 2
    assert {o.name: o.type for o in found} == {
        "chat gpt-4o-mini": "GENERATION", "execute_tool W-get_weather": "TOOL", "AutoFunctionInvocationLoop": "CHAIN",
        "invoke_agent weather_agent": "AGENT",
    }  # fmt: skip


def test_older_semantic_kernel() -> None:
    o = read(
        {
            "gen_ai.operation.name": "chat.completions",
            "gen_ai.response.prompt_tokens": 42,
            "gen_ai.response.completion_tokens": 17,
        }
    )
    assert (o.type, o.input_tokens, o.output_tokens) == ("GENERATION", 42, 17)


def test_captured_agent_framework() -> None:
    found = observed("agent-framework/agent")
    assert counts(found) == [(42, 17)] * 2
    (agent,) = named(found, "invoke_agent weather_agent")
    assert (agent.type, agent.input_tokens) == ("AGENT", 84)


def test_workflows_of_the_agent_framework() -> None:
    run = read({"workflow.name": "triage", "workflow.id": "1"}, name="workflow.run", scope=FRAMEWORK)
    assert (run.type, claimed(run)) == ("CHAIN", {"name": "triage"})
    attributes: dict[str, Value] = {"executor.id": "first", "executor.input": "hi", "executor.output": "yo"}
    step = read(attributes, name="executor.process first", scope=FRAMEWORK)
    assert (step.type, step.input_key, step.output_key) == ("CHAIN", "executor.input", "executor.output")
    sent = read({"message.content": "hi"}, name="message.send", scope=FRAMEWORK)
    assert (sent.type, sent.input_key) == ("SPAN", "message.content")
    other = read({"workflow.name": "triage", "executor.input": "hi"}, name="workflow.run")
    assert (other.type, claimed(other), other.input_key) == ("SPAN", {}, None)


def test_captured_autogen_has_messages_and_no_session() -> None:
    found = observed("autogen/agentchat")
    assert {o.input_key for o in found} == {None, "message"}
    assert counts(found) == []
    assert {"session_id", "user_id"}.isdisjoint(field for o in found for field in claimed(o))
    heard = [o for o in found if o.input_key == "message"]
    assert {o.metadata["is_rpc"] for o in heard} == {True, False}
    assert all(not o.name.startswith("autogen ack") for o in heard)


def test_messages_are_autogens_alone() -> None:
    assert read({"message": "hi"}, scope=RUNTIME).input_key == "message"
    assert read({"message": "No Message"}, scope=RUNTIME).input_key is None
    assert read({"message": "hi"}).input_key is None
