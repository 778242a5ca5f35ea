from __future__ import annotations

import pytest

from .captured import observed
from .picked import counts, named
from .reading import claimed, read


def test_captured() -> None:
    found = observed("laminar/sdk")
    assert {(claimed(o)["session_id"], claimed(o)["user_id"], claimed(o)["metadata.plan"]) for o in found} == {
        ("sess-42", "user-7", "pro")
    }
    assert {claimed(o)["metadata.n"] for o in found} == {1}
    assert [o.tags for o in found if o.tags] == [["beta", "weather"]]
    assert counts(found) == [(42, 17)] * 3
    (tool,), (turn,) = named(found, "lookup"), named(found, "weather-turn")
    assert (tool.type, tool.input_key, tool.output_key) == ("TOOL", "lmnr.span.input", "lmnr.span.output")
    assert turn.type == "SPAN"
    chats = named(found, "openai.chat")
    # the call that failed brings no usage and is one all the same
    assert {(o.type, o.input_key) for o in chats} == {("GENERATION", "gen_ai.input.messages")}
    assert [o.level for o in chats] == ["DEFAULT"] * 3 + ["ERROR"]


def test_costs() -> None:
    o = read({"gen_ai.usage.input_cost": 0.001, "gen_ai.usage.output_cost": "0.002"})
    assert (o.cost, o.cost_details) == (3_000_000, {"input": 1_000_000, "output": 2_000_000})


@pytest.mark.parametrize(
    ("word", "kind"),
    [("LLM", "GENERATION"), ("EVALUATOR", "EVALUATOR"), ("EXECUTOR", "SPAN"), ("DEFAULT", "AGENT"), ("odd", "AGENT")],
)
def test_kinds_go_before_operation_names(word: str, kind: str) -> None:
    assert read({"lmnr.span.type": word, "gen_ai.operation.name": "invoke_agent"}).type == kind
