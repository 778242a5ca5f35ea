"""Helicone: its header names, as association properties (its SDKs are OpenLLMetry) or among recorded request headers.

Recognised by the keys themselves. The recorded headers hold credentials too; nothing but what is named here is read.
Source: helicone-async 1.1.1; attributes.md, sections 2 (row "Helicone headers") and 4.19.
"""

from __future__ import annotations

import re

from ...proto.span import Span
from ..findings import Findings
from ..values import structure, text
from ..vocabulary import Hook, Row, Vocabulary

PREFIXES = ("traceloop.association.properties.", "ai.request.headers.")
HEADERS = ("llm.headers", "gen_ai.headers")
"""Keys of all request headers as one text, in Python's or JSON's spelling."""

HEADER = re.compile(r"""['"]helicone-([\w-]+)['"]\s*:\s*(?:'([^']*)'|"([^"]*)")""", re.IGNORECASE)
FIELDS = {"session-id": ("session_id", 4), "user-id": ("user_id", 5), "prompt-id": ("prompt_name", 6)}
"""What the header names say behind `helicone-`, in small letters, with the field and its tier."""
PROPERTY = "property-"


def spellings(name: str) -> tuple[str, str]:
    """Return a header's name as people write it and as HTTP libraries do: `Helicone-User-Id`, `helicone-user-id`."""
    return f"Helicone-{name.title()}", f"helicone-{name}"


def headers(found: Findings, span: Span) -> None:
    """Take session, user, prompt and properties from a text of headers."""
    for key in HEADERS:
        sent = span.attributes.get(key)
        for name, single, double in HEADER.findall(sent) if isinstance(sent, str) else ():
            value, told = text(single or double), FIELDS.get(name.lower())
            if told is not None:
                found.offer(told[0], told[1], value)
            elif name.lower().startswith(PROPERTY) and name[len(PROPERTY) :]:
                found.offer(f"metadata.{name[len(PROPERTY) :]}", 4, value)


ROWS = (
    *(
        Row(field, tier, f"{prefix}{spelled}", text)
        for prefix in PREFIXES
        for name, (field, tier) in FIELDS.items()
        for spelled in spellings(name)
    ),
    *(Row("metadata.*", 4, f"{prefix}{spelled}*", structure) for prefix in PREFIXES for spelled in spellings(PROPERTY)),
)

HOOKS = (
    Hook(
        headers,
        reads=tuple((key, field) for key in HEADERS for field in ("session_id", "user_id", "prompt_name", "metadata")),
    ),
)

VOCABULARY = Vocabulary("Helicone", ROWS, HOOKS)
