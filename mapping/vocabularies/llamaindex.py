"""LlamaIndex, through OpenInference's and OpenLLMetry's instrumentations: types that its spans' names tell.

OpenInference calls a model's outer method LLM too, and the preparation of a call: two or three spans for one call, of
which the inner one alone has messages and tokens. OpenLLMetry calls all below the root a task.
Source: openinference-instrumentation-llama-index 4.6.1, opentelemetry-instrumentation-llamaindex 0.62.4;
attributes.md, section 4.13.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ...proto.span import Span
from ..findings import Findings
from ..vocabulary import Hook, Vocabulary, scope
from .genai import operation
from .openinference import KIND

AGENT = re.compile(r"\w*Agent(?:Workflow)?\.(?:run|workflow|task)")
"""How the spans of a whole run of an agent are named: `FunctionAgent.run`, `AgentWorkflow.run`."""

OF_CALLS = ("llm.input_messages.", "llm.output_messages.", "llm.prompts.", "llm.token_count.")
"""Beginnings of the keys of which a span that calls a model has at least one."""

TASKS = (
    ("Retriever", "RETRIEVER"), ("Rerank", "RETRIEVER"), ("Reranker", "RETRIEVER"), ("retrieve", "RETRIEVER"),
    ("Embedding", "EMBEDDING"), ("get_query_embedding", "EMBEDDING"), ("Tool", "TOOL"),
)  # fmt: skip
"""How the names of tasks end, before `.task`, that are more than a task."""


def run(found: Findings, span: Span) -> None:
    """Tell agents from chains, and calls of a model from what is around them."""
    if "Agent" in span.name and AGENT.fullmatch(span.name):
        found.offer("type", 2, "AGENT")
    elif span.attributes.get(KIND) == "LLM" and not _calls(tuple(span.attributes)):
        found.offer("type", 2, "CHAIN")


@lru_cache(256)
def _calls(shape: tuple[str, ...]) -> bool:
    """Say whether a span with these attributes calls a model."""
    return any(key.startswith(OF_CALLS) for key in shape)


def task(found: Findings, span: Span) -> None:
    """Tell what a task is: by its operation, else by the name of its class."""
    name, _, word = span.name.rpartition(".")
    told = operation(span.attributes.get("gen_ai.operation.name"))
    if told is None and AGENT.fullmatch(span.name):
        told = "AGENT"
    elif told is None and word == "task":
        told = next((kind for ending, kind in TASKS if name.endswith(ending)), None)
    found.offer("type", 2, told)


HOOKS = (
    Hook(run, always=True, only=scope("openinference.instrumentation.llama_index")),
    Hook(task, always=True, only=scope("opentelemetry.instrumentation.llamaindex")),
)

VOCABULARY = Vocabulary("LlamaIndex", hooks=HOOKS)
