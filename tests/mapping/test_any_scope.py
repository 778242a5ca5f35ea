"""Whatever stands under the keys and events of a vocabulary, its hooks for certain senders never raise."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.vocabularies import vocabularies
from sidetrace.proto.span import Event, Scope, Value

from .reading import START, read

MAPPER = Mapper()
HOOKS = [hook for vocabulary in vocabularies() for hook in vocabulary.hooks]
READS = sorted({key for hook in HOOKS for key, _ in hook.reads if not key.endswith("*")})
EVENTS = sorted({name for hook in HOOKS for name, _ in hook.events})
WORDS = (
    "usage", "usage_metadata", "config", "raw", "replies", "meta", "messages", "parts", "auth", "id", "model", "type",
    "name", "prompt_tokens_details", "arguments", "content", "message", "",
)  # fmt: skip
SENDERS = {
    "gcp.vertex.agent": ("call_llm", "invocation"),
    "strands.telemetry.tracer": ("chat", "execute_tool x"),
    "haystack": ("haystack.component.run", "haystack.agent.step.llm"),
    "org.springframework.boot": ("chat gpt",),
    "livekit-agents": ("llm_request", "llm_node"),
    "genkit-tracer": ("generate",),
    "openlit.instrumentation.anthropic": ("chat",),
    "agent_framework": ("workflow.run",),
}

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.sampled_from(["", "x", "none", "1.5"])
)
objects = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)),
    max_leaves=12,
)
values: st.SearchStrategy[Value] = st.one_of(objects, objects.map(lambda value: orjson.dumps(value).decode()))
kinds = st.fixed_dictionaries(
    {},
    optional={
        "genkit:metadata:subtype": st.just("model"),
        "haystack.component.type": st.just("OpenAIGenerator"),
        "gen_ai.operation.name": st.just("execute_tool"),
        "braintrust.span_attributes.type": st.just("llm"),
        "spring.ai.kind": st.just("vector_store"),
        "gen_ai.request.seed": values,
        "gen_ai.request.top_p": values,
    },
)


@pytest.mark.parametrize("sender", SENDERS)
def test_no_hook_raises(sender: str) -> None:
    @settings(max_examples=100, deadline=None)
    @given(
        attributes=st.dictionaries(st.sampled_from([*READS, "plan", ""]), values, max_size=6),
        kind=kinds,
        events=st.lists(
            st.builds(
                Event,
                st.just(START),
                st.sampled_from(EVENTS),
                st.dictionaries(
                    st.sampled_from([*WORDS, "gen_ai.input.messages", "gen_ai.output.messages"]), values, max_size=3
                ),
            ),
            max_size=3,
        ),
        name=st.sampled_from(SENDERS[sender]),
    )
    def check(attributes: dict[str, Value], kind: dict[str, Value], events: list[Event], name: str) -> None:
        o = read(attributes | kind, scope=Scope(sender), events=events, name=name, mapper=MAPPER)
        assert not o.problems

    check()
