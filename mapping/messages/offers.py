"""The tools that were offered to a model, from any of the keys and forms that instrumentations use.

Source: attributes.md, section 3, "tools offered".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...proto.span import Value
from ..flat import gather
from ..observation import Json
from ..values import structure
from .parts import Item, first, first_text, opened, parsed
from .shape import MAX_ITEMS, Tool

KEYS = (
    "gen_ai.tool.definitions", "llm.tools.", "llm.request.functions.", "ai.prompt.tools", "mlflow.chat.tools",
    "model_request_parameters", "gen_ai.agent.tools",
)  # fmt: skip
"""Attributes that hold tools, best first; one that ends in a dot is the prefix of flattened keys."""

LISTS = (
    "tools", "function_tools", "functionDeclarations", "function_declarations", "functions", "toolConfig",
    "tool_config", "config",
)  # fmt: skip
"""Keys under which lists of tools lie inside a request, or inside a tool (Gemini)."""

INSIDE = ("tool", "function", "toolSpec")
SCHEMAS = ("parameters", "input_schema", "inputSchema", "parameters_json_schema", "parametersJsonSchema")


def tools(attributes: Mapping[str, Value]) -> list[Tool]:
    """Return the tools that a span's attributes say were offered; none where they do not say."""
    for key in KEYS:
        value = gather(attributes, key) if key.endswith(".") else structure(attributes.get(key))
        found = offered(value)
        if found:
            return found
    return []


def offered(value: Json, depth: int = 6) -> list[Tool]:
    """Return the tools in a value: a list of them in any form or of names, or a request that holds such a list."""
    if depth <= 0:
        return []
    if isinstance(value, dict):
        return [tool for key in LISTS for tool in offered(value.get(key), depth - 1)][:MAX_ITEMS]
    if not isinstance(value, list):
        return []
    return [tool for item in value[:MAX_ITEMS] for tool in _tools(item, depth)][:MAX_ITEMS]


def _tools(item: Json, depth: int) -> Iterator[Tool]:
    if isinstance(item, str):
        read = structure(item)
        if isinstance(read, str):
            if not any(map(str.isspace, read)):  # else it is Python's repr of a tool
                yield {"name": read}
            return
        item = read
    if not isinstance(item, dict):
        return
    inner = _opened(item)
    name = first_text(inner, ("name",))
    if name is None:
        yield from offered(item, depth - 1)
        return
    tool: Tool = {"name": name}
    description = first_text(inner, ("description",))
    if description is not None:
        tool["description"] = description
    schema = parsed(first(inner, SCHEMAS))
    if isinstance(schema, dict) and schema.keys() == {"json"}:  # Bedrock
        schema = schema["json"]
    if schema is not None:
        tool["parameters"] = schema
    yield tool


def _opened(item: Item) -> Item:
    """Return a tool out of its wrapping; OpenInference wraps it as the text of a JSON Schema."""
    inner = opened(item, INSIDE)
    schema = inner.get("json_schema")
    read = parsed(schema)
    return opened(read, INSIDE) if isinstance(read, dict) else inner
