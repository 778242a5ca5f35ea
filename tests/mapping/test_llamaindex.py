from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .captured import CALL, calls, kinds, observed, said
from .reading import read

OPENINFERENCE = Scope("openinference.instrumentation.llama_index", "4.6.1")
OPENLLMETRY = Scope("opentelemetry.instrumentation.llamaindex", "0.62.4")


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("FunctionAgent.run", "CHAIN", "AGENT"),
        ("AgentWorkflow.run", "CHAIN", "AGENT"),
        ("BaseWorkflowAgent.call_tool", "CHAIN", "CHAIN"),
        ("Workflow.run", "CHAIN", "CHAIN"),
        ("OpenAILike._prepare_chat_with_tools", "LLM", "CHAIN"),
        ("OpenAILike.achat", "LLM", "CHAIN"),
    ],
)
def test_types_through_openinference(name: str, kind: str, told: str) -> None:
    assert read({"openinference.span.kind": kind}, scope=OPENINFERENCE, name=name).type == told
    assert read({"openinference.span.kind": kind}, name=name).type == {"LLM": "GENERATION"}.get(kind, kind)


@pytest.mark.parametrize("key", ["llm.input_messages.0.message.role", "llm.token_count.prompt"])
def test_the_span_with_messages_or_tokens_is_the_call(key: str) -> None:
    assert (
        read({"openinference.span.kind": "LLM", key: 1}, scope=OPENINFERENCE, name="OpenAI.chat").type == "GENERATION"
    )


@pytest.mark.parametrize(
    ("name", "operation", "told"),
    [
        ("FunctionAgent.workflow", "", "AGENT"),
        ("RetrieverQueryEngine.workflow", "", "CHAIN"),
        ("VectorIndexRetriever.task", "", "RETRIEVER"),
        ("OpenAIEmbedding.task", "", "EMBEDDING"),
        ("CohereRerank.task", "", "RETRIEVER"),
        ("FunctionTool.task", "", "TOOL"),
        ("CompactAndRefine.task", "", "SPAN"),
        ("Anthropic.task", "chat", "GENERATION"),
        ("HuggingFace.task", "embeddings", "EMBEDDING"),
    ],
)
def test_types_through_openllmetry(name: str, operation: str, told: str) -> None:
    sent: dict[str, Value] = {"traceloop.span.kind": name.rpartition(".")[2], "gen_ai.operation.name": operation}
    assert read(sent, scope=OPENLLMETRY, name=name).type == told


def test_captured() -> None:
    found = observed("openinference/llama-index")
    assert [o.usage_details for o in calls(found)] == [CALL] * 3
    assert all(o.input_key == "llm.input_messages.*" for o in calls(found))
    rest = kinds([o for o in found if o.name != "OpenAILike.achat"])
    assert (rest["FunctionAgent.run"], rest["FunctionTool.acall"]) == ("AGENT", "TOOL")
    assert (said(found, "session_id"), said(found, "user_id")) == ({"sess-42"}, {"user-7"})
