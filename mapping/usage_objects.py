"""Usage objects as model providers and frameworks write them, read into counts named as in `fields.USAGE_COUNTS`.

OpenAI's chat and Responses, Anthropic, LangChain's `usage_metadata`, MLflow's `mlflow.chat.tokenUsage`. Whether the
input includes cached tokens is not said here: `usage.counted_usage` settles it. Source: attributes.md, section 3.2.
"""

from __future__ import annotations

from ..proto.span import Value
from .usage import DETAILS, KINDS
from .values import count, numbers

PARTS = {
    "cached_tokens": "cache_read", "cache_read": "cache_read",
    "cache_read_input_tokens": "cache_read", "cached_input_tokens": "cache_read",
    "cache_write_tokens": "cache_write", "cache_creation": "cache_write",
    "cache_creation_input_tokens": "cache_write", "cache_write_input_tokens": "cache_write",
    "reasoning": "reasoning", "reasoning_tokens": "reasoning", "thinking_tokens": "reasoning",
}  # fmt: skip
"""What the parts of input and output are called, beside the whole counts or in an object of details."""

AUDIO = ("audio", "audio_tokens")
"""Parts whose side only the object tells in which they stand."""

WHOLES = frozenset({"input", "output", "total"})


def usage_counts(value: Value) -> dict[str, int]:
    """Return the counts of a usage object, sent as one or as JSON text; empty where there are none."""
    counts: dict[str, int] = {}
    for name, raw in (numbers(value) or {}).items():
        side = DETAILS.get(name)
        if side is not None and isinstance(raw, dict):
            for part, tokens in raw.items():
                _take(counts, f"{side}_audio" if part in AUDIO else PARTS.get(part), tokens)
        else:
            _take(counts, KINDS.get(name) or PARTS.get(name), raw)
    return counts


def _take(counts: dict[str, int], kind: str | None, raw: object) -> None:
    """Keep a count under its kind; of several for one kind, the first that is not zero."""
    number = count(raw)
    if kind is not None and number is not None and not counts.get(kind):
        counts[kind] = number
