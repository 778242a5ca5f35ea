"""Whatever stands under the keys of the frameworks' vocabularies, flattened ones too, their hooks never raise."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.vocabularies import crewai, dspy, helicone, llamaindex, openinference, smolagents, traceloop
from sidetrace.mapping.vocabularies import vercel_ai as ai
from sidetrace.proto.span import Event, Scope, Value

from .reading import START, read

MAPPER = Mapper()
VOCABULARIES = (crewai, dspy, helicone, llamaindex, openinference, smolagents, traceloop, ai)
HOOKS = [hook for module in VOCABULARIES for hook in module.VOCABULARY.hooks]
PREFIXES = sorted({key[:-1] for hook in HOOKS for key, _ in hook.reads if key.endswith("*")})
KEYS = sorted({key for hook in HOOKS for key, _ in hook.reads if not key.endswith("*")})
EVENTS = sorted({name for hook in HOOKS for name, _ in hook.events})
WORDS = (
    "annotation", "evaluation", "embedding", "text", "name", "score", "label", "explanation", "metadata", "id", "type",
    "generations", "llm_output", "message", "kwargs", "response_metadata", "model", "user", "tags", "anthropic",
    "cacheCreationInputTokens", "",
)  # fmt: skip
SENDERS = {
    "openinference.instrumentation.langchain": "ChatOpenAI",
    "openinference.instrumentation.llama_index": "FunctionAgent.run",
    "openinference.instrumentation.smolagents": "Step 1",
    "openinference.instrumentation.dspy": "ReAct.forward",
    "opentelemetry.instrumentation.langchain": "x.workflow",
    "opentelemetry.instrumentation.llamaindex": "x.task",
    "opentelemetry.instrumentation.crewai.instrumentation": "crewai.workflow",
    "ai": "ai.toolCall",
    "gen_ai": "invoke_agent m",
}

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.sampled_from(["", "x", "HUMAN", "LLM"])
)
objects = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)),
    max_leaves=12,
)
values: st.SearchStrategy[Value] = st.one_of(objects, objects.map(lambda value: orjson.dumps(value).decode()))
flattened = st.lists(st.sampled_from([*WORDS, "0", "1", "\u0661"]), max_size=4).map(".".join)
keys = st.one_of(st.sampled_from(KEYS), st.builds(str.__add__, st.sampled_from(PREFIXES), flattened))
events = st.builds(
    Event, st.just(START), st.sampled_from(EVENTS), st.dictionaries(st.sampled_from(["message", ""]), values)
)


@pytest.mark.parametrize("sender", SENDERS)
def test_no_hook_raises(sender: str) -> None:
    @settings(max_examples=100, deadline=None)
    @given(
        attributes=st.dictionaries(keys, values, max_size=6),
        kind=st.sampled_from(["LLM", "CHAIN", "", None]),
        happened=st.lists(events, max_size=2),
    )
    def check(attributes: dict[str, Value], kind: Value, happened: list[Event]) -> None:
        sent = attributes | {"openinference.span.kind": kind, "traceloop.span.kind": "workflow"}
        o = read(sent, scope=Scope(sender), events=happened, name=SENDERS[sender], mapper=MAPPER, status_code=2)
        assert not o.problems
        for judged in o.evaluations:
            assert judged.name
            assert judged.value is not None or judged.label

    check()
