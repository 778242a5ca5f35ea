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

_NAMES = PARTS | KINDS
_DETAILS = {
    name: PARTS | dict.fromkeys(AUDIO, f"{side}_audio") for name, side in DETAILS.items()
}  # fmt: skip
"""By the name of an object of details: what its members are called."""

WHOLES = frozenset({"input", "output", "total"})


def usage_counts(value: Value) -> dict[str, int]:
    """Return the counts of a usage object, sent as one or as JSON text; empty where there are none."""
    counts: dict[str, int] = {}
    for name, raw in (numbers(value) or {}).items():
        if name in _NAMES:
            _take(counts, _NAMES[name], raw)
        elif name in _DETAILS and isinstance(raw, dict):
            names = _DETAILS[name]
            for part, tokens in raw.items():
                if part in names:
                    _take(counts, names[part], tokens)
    return counts


def _take(counts: dict[str, int], kind: str, raw: object) -> None:
    """Keep a count under its kind; of several for one kind, the first that is not zero."""
    if not counts.get(kind):
        number = count(raw)
        if number is not None:
            counts[kind] = number
