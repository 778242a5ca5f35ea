"""The tools that a generation was offered and those that it called, as a function for SQL.

Only Python reads the many forms of messages, so this costs a tenth of a millisecond a generation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import orjson

from ...mapping.messages import conversation
from ...proto.span import Value
from .expressions import ATTRIBUTES, payload

NAME = "sidetrace_tools"

_TOLD = f"{payload('input', 'o.ref')}, {payload('output', 'o.ref')}, {ATTRIBUTES}"

TOOLS = f"CASE WHEN o.type = 'GENERATION' THEN {NAME}({_TOLD}) ELSE '[[],[]]' END"
"""SQL of the JSON list of both: of generations alone, since an agent's span repeats what its generations said."""


def function(given: str | None, made: str | None, attributes: str | None) -> str:
    """Return `[[offered…], [called…]]` as JSON: the names of the tools, one for each offer and each call."""
    read = conversation(given, made, cast("Mapping[str, Value]", orjson.loads(attributes or "{}")))
    offered = [tool["name"] for tool in read["tools"]]
    called = [
        part["name"] for message in read["output"] or () for part in message["parts"] if part["type"] == "tool_call"
    ]
    return orjson.dumps([offered, called]).decode()
