"""OpenTelemetry's semantic conventions for generative AI (`gen_ai.*`).

Source: semantic-conventions-genai registry and its deprecated names; attributes.md, sections 3, 3.1, 3.2 and 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..proto.span import Value
from .values import count, nano_dollars, plain, present, seconds, text
from .vocabulary import Row, Sender

OPERATIONS = {
    "chat": "GENERATION", "completion": "GENERATION", "text_completion": "GENERATION",
    "generate_content": "GENERATION", "generate": "GENERATION", "fetch_response": "GENERATION",
    "embeddings": "EMBEDDING", "embedding": "EMBEDDING",
    "retrieval": "RETRIEVER", "rerank": "RETRIEVER", "search_memory": "RETRIEVER",
    "execute_tool": "TOOL", "invoke_agent": "AGENT", "create_agent": "AGENT",
    "invoke_workflow": "CHAIN",
    "plan": "SPAN", "create_memory": "SPAN", "update_memory": "SPAN", "upsert_memory": "SPAN",
    "delete_memory": "SPAN", "create_memory_store": "SPAN", "delete_memory_store": "SPAN",
}  # fmt: skip


def operation(value: Value) -> str | None:
    """Return the observation type of a `gen_ai.operation.name`."""
    return OPERATIONS.get(value) if isinstance(value, str) else None


def tool(value: Value) -> str | None:
    """Return TOOL for a span that names a tool."""
    return "TOOL" if text(value) else None


def rows(sender: Sender) -> Iterable[Row]:
    """Return the rows of `gen_ai.*`; they hold for every sender."""
    return (
        Row("session_id", 5, "gen_ai.conversation.id", text),
        Row("user_id", 13, "gen_ai.user", text),
        Row("user_id", 13, "gen_ai.request.user", text),
        Row("trace_name", 3, "gen_ai.workflow.name", text),
        Row("type", 4, "gen_ai.operation.name", operation),
        Row("type", 7, "gen_ai.tool.name", tool),
        Row("model", 2, "gen_ai.response.model", text),
        Row("model", 3, "gen_ai.request.model", text),
        Row("model_parameters.*", 2, "gen_ai.request.*", plain),
        Row("observation_version", 3, "gen_ai.agent.version", text),
        Row("prompt_name", 2, "gen_ai.prompt.name", text),
        Row("prompt_version", 2, "gen_ai.prompt.version", text),
        Row("input_key", 2, "gen_ai.input.messages", present),
        Row("input_key", 6, "gen_ai.prompt", present),
        Row("input_key", 9, "gen_ai.tool.call.arguments", present),
        Row("output_key", 2, "gen_ai.output.messages", present),
        Row("output_key", 6, "gen_ai.completion", present),
        Row("output_key", 9, "gen_ai.tool.call.result", present),
        Row("time_to_first", 6, "gen_ai.response.time_to_first_chunk", seconds),
        Row("time_to_first", 7, "gen_ai.client.operation.time_to_first_chunk", seconds),
        Row("usage.input", 1, "gen_ai.usage.input_tokens", count),
        Row("usage.input", 2, "gen_ai.usage.prompt_tokens", count),
        Row("usage.output", 1, "gen_ai.usage.output_tokens", count),
        Row("usage.output", 2, "gen_ai.usage.completion_tokens", count),
        Row("usage.total", 1, "gen_ai.usage.total_tokens", count),
        Row("usage.cache_read", 1, "gen_ai.usage.cache_read.input_tokens", count),
        Row("usage.cache_read", 2, "gen_ai.usage.cache_read_input_tokens", count),
        Row("usage.cache_write", 1, "gen_ai.usage.cache_write.input_tokens", count),
        Row("usage.cache_write", 2, "gen_ai.usage.cache_creation.input_tokens", count),
        Row("usage.cache_write", 3, "gen_ai.usage.cache_write_input_tokens", count),
        Row("usage.cache_write", 4, "gen_ai.usage.cache_creation_input_tokens", count),
        Row("usage.reasoning", 1, "gen_ai.usage.reasoning.output_tokens", count),
        Row("usage.reasoning", 2, "gen_ai.usage.reasoning_tokens", count),
        Row("usage.cost", 2, "gen_ai.usage.cost", nano_dollars),
    )
