"""An observation costs what its fields cost, whatever other observations there were before it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import gc
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Resource, Scope, Span

def span(attributes, **fields):
    return Span("a" * 32, "b" * 16, "", "work", 1, 10, 20, attributes, Resource({}), Scope("s"), [], [], **fields)

mapper = Mapper()
for number in range(100):
    mapper.map(span({}))
o = mapper.map(span({
    "langfuse.observation.type": "generation", "langfuse.trace.tags": ["a"], "langfuse.observation.metadata.k": "v",
    "gen_ai.response.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 3,
    "gen_ai.request.top_p": 0.5, "gen_ai.input.messages": "[]", "gen_ai.output.messages": "[]",
    "gen_ai.response.id": "r1", "gen_ai.response.time_to_first_chunk": 1e-9, "gen_ai.prompt.version": "2",
}, status_code=2, status_message="boom"))
assert (o.type, o.cost is None, o.level, o.tags) == ("GENERATION", False, "ERROR", ["a"])
print(any(isinstance(held, dict) and "span" in held for held in gc.get_referents(o)))
"""


@pytest.mark.skipif(platform.python_implementation() != "CPython", reason="others keep fields in their own way")
def test_an_observation_has_no_dict_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
