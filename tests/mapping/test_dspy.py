from __future__ import annotations

import pytest

from sidetrace.proto.span import Scope, Value

from .reading import read

DSPY = Scope("openinference.instrumentation.dspy", "0.1.48")
CHAIN: dict[str, Value] = {"openinference.span.kind": "CHAIN"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ReAct.forward", "AGENT"),
        ("CodeAct.aforward", "AGENT"),
        ("ReAct(Weather).forward", "AGENT"),
        ("Predict(ReAct).forward", "CHAIN"),
        ("ChatAdapter.__call__", "CHAIN"),
        ("MyReAct.forward", "CHAIN"),
    ],
)
def test_agents_are_told_by_name(name: str, kind: str) -> None:
    assert read(CHAIN, scope=DSPY, name=name).type == kind
    assert read(CHAIN, name=name).type == "CHAIN"


def test_a_call_without_usage_is_a_call() -> None:
    o = read({"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini"}, scope=DSPY, name="LM.__call__")
    assert (o.type, o.model, o.usage_details) == ("GENERATION", "gpt-4o-mini", {})
