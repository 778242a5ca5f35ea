"""Weave, Opik, Datadog and Flue: keys on spans of any scope."""

from __future__ import annotations

import pytest

from sidetrace.proto.span import Value

from .reading import claimed, read, tier


def test_weave() -> None:
    o = read(
        {
            "wandb.display_name": "turn 1",
            "wandb.thread_id": "t-9",
            "wandb.is_turn": True,
            "wandb.attributes": '{"plan": "pro"}',
            "weave.span.kind": "agent",
            "wandb.wb_run_id": "r",
            "gen_ai.conversation.name": "weather",
        }
    )
    assert (o.name, o.type, o.metadata) == ("turn 1", "AGENT", {"plan": "pro"})
    assert claimed(o) == {
        "name": "turn 1",
        "session_id": "t-9",
        "metadata.plan": "pro",
        "metadata.wandb.wb_run_id": "r",
        "metadata.gen_ai.conversation.name": "weather",
    }
    child = read({"wandb.display_name": "step"}, parent_span_id="c" * 16)
    assert (child.name, claimed(child)) == ("step", {})


@pytest.mark.parametrize("tags", [["beta", "x"], '["beta", "x"]', "beta,x"])
def test_opik(tags: Value) -> None:
    o = read({"thread_id": "t", "opik.tags": tags, "opik.metadata": '{"a": 1, "b": 2}', "opik.metadata.c": "3"})
    assert (o.tags, o.metadata) == (["beta", "x"], {"a": 1, "b": 2, "c": "3"})
    assert claimed(o)["session_id"] == "t"
    assert tier(o, "session_id") == 7


def test_datadog() -> None:
    o = read(
        {
            "_ml_obs.session_id": "s",
            "_ml_obs.meta.span.kind": "llm",
            "_ml_obs.meta.model_name": "gpt-4o-mini",
            "_ml_obs.meta.model_provider": "openai",
            "_ml_obs.meta.input.messages": '[{"role": "user", "content": "hi"}]',
            "_ml_obs.meta.output.value": "yo",
            "_ml_obs.metrics": '{"input_tokens": 42, "output_tokens": 17, "cache_read_input_tokens": 10}',
            "_ml_obs.tags": '{"plan": "pro"}',
            "_ml_obs.meta.metadata": '{"n": 1}',
            "_ml_obs.meta.ml_app": "shop",
            "_ml_obs.name": "answer",
        }
    )
    assert (o.name, o.type, o.model, o.priced) == ("answer", "GENERATION", "gpt-4o-mini", True)
    assert o.usage_details == {"input": 32, "input_cached_tokens": 10, "output": 17}
    assert (o.input_key, o.output_key) == ("_ml_obs.meta.input.messages", "_ml_obs.meta.output.value")
    assert claimed(o) == {
        "session_id": "s", "metadata.plan": "pro", "metadata.n": 1, "metadata.gen_ai.application.name": "shop",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "type"), [("workflow", "CHAIN"), ("embedding", "EMBEDDING"), ("retrieval", "RETRIEVER"), ("task", "SPAN")]
)
@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize("name", ["messages", "value", "documents"])
def test_datadogs_kinds_and_content(kind: str, type: str, side: str, name: str) -> None:
    key = f"_ml_obs.meta.{side}.{name}"
    o = read({key: "[1]", "_ml_obs.meta.span.kind": kind})
    assert (o.type, getattr(o, f"{side}_key")) == (type, key)


def test_a_local_model_of_datadogs_has_no_price() -> None:
    attributes: dict[str, Value] = {
        "_ml_obs.meta.model_name": "gpt-4o-mini", "_ml_obs.metrics": '{"input_tokens": 42}',
    }  # fmt: skip
    assert read(attributes | {"_ml_obs.meta.model_provider": "openai"}).priced
    assert not read(attributes | {"_ml_obs.meta.model_provider": "ollama"}).priced


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("llm", "GENERATION"), ("workflow", "CHAIN"), ("agent", "AGENT"), ("task", "SPAN"), ("tool", "TOOL"),
        ("embedding", "EMBEDDING"), ("retrieval", "RETRIEVER"),
    ],
)  # fmt: skip
def test_datadogs_operation_names(operation: str, kind: str) -> None:
    o = read(
        {
            "gen_ai.operation.name": operation,
            "gen_ai.application.name": "shop",
            "gen_ai.usage.input_tokens": 42,
            "gen_ai.usage.output_tokens": 17,
            "gen_ai.usage.cache_read_input_tokens": 10,
            "gen_ai.usage.reasoning_output_tokens": 5,
        }
    )
    assert o.type == kind
    assert o.usage_details == {
        "input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5,
    }  # fmt: skip
    assert claimed(o) == {"metadata.gen_ai.application.name": "shop"}


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        (("flue.tool.name", "flue.tool.arguments", "flue.tool.result"), "TOOL"),
        (("flue.task.id", "flue.task.prompt", "flue.task.result"), "AGENT"),
        (("flue.workflow.name", "flue.workflow.payload", "flue.workflow.result"), "CHAIN"),
        (("flue.operation.id", None, "flue.operation.result"), "SPAN"),
        ((None, "flue.turn.input", "flue.turn.output"), "SPAN"),
    ],
)
def test_flue(keys: tuple[str | None, str | None, str], kind: str) -> None:
    o = read({key: "x" for key in keys if key})
    assert (o.type, o.input_key, o.output_key) == (kind, keys[1], keys[2])
    assert o.name == ("x" if kind == "TOOL" else "work")
