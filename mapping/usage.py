"""Tokens and cost of one observation: what the senders say, turned into kinds that never overlap.

Kept kinds follow Langfuse's stored keys (`input` without cached tokens, `input_cached_tokens`,
`input_cache_creation`, `output` without reasoning, `output_reasoning_tokens`, `total`); the totals `input_tokens` and
`output_tokens` include all of them. Source: langfuse.md, section 1.10; attributes.md, section 3.2.
"""

from __future__ import annotations

from typing import NamedTuple

from ..proto.span import Value
from .observation import Json
from .values import count, nano_dollars, numbers

OPENAI_SHAPES = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
"""The names of OpenAI's completions and responses usage objects, whose details are parts of their totals."""


PLAIN_KINDS = {"input", "output", "total"}


class Totals(NamedTuple):
    """Token totals of an observation."""

    input: int
    output: int
    total: int


def langfuse_usage(value: Value) -> dict[str, Json] | None:
    """Return the kinds of a Langfuse `usage_details` object, OpenAI's own shapes taken apart."""
    given = numbers(value)
    if given is None:
        return None
    for prompt, completion in OPENAI_SHAPES:
        if prompt in given and completion in given:
            return _openai(given, prompt, completion)
    kinds: dict[str, Json] = {}
    for kind, raw in given.items():
        number = count(raw)
        if number is not None:
            kinds[kind] = number
    return kinds or None


def _openai(given: dict[str, Json], prompt: str, completion: str) -> dict[str, Json] | None:
    kinds: dict[str, int] = {}
    for side, name in (("input", prompt), ("output", completion)):
        whole = count(given[name])
        if whole is None:
            continue
        details = given.get(f"{name}_details")
        for part, raw in details.items() if isinstance(details, dict) else ():
            number = count(raw)
            if number:
                kinds[f"{side}_{part}"] = number
                whole -= number
        kinds[side] = max(whole, 0)
    total = count(given.get("total_tokens"))
    if total is not None:
        kinds["total"] = total
    return dict(kinds) or None


def genai_usage(found: dict[str, int]) -> dict[str, int]:
    """Return kinds from `gen_ai.usage.*` counts, keyed input, output, total, cache_read, cache_write, reasoning.

    Cached tokens are part of the input unless the numbers say otherwise (attributes.md, section 3.2, last lines).
    """
    entire, output = found.get("input", 0), found.get("output", 0)
    read, write, reasoning = found.get("cache_read", 0), found.get("cache_write", 0), found.get("reasoning", 0)
    total = found.get("total")
    outside = read + write > entire or (
        total is not None and entire + output != total and entire + read + write + output == total
    )
    kinds = {
        "input": entire if outside else entire - read - write,
        "input_cached_tokens": read,
        "input_cache_creation": write,
        "output": output - reasoning if reasoning <= output else output,
        "output_reasoning_tokens": reasoning,
    }
    present = {kind: number for kind, number in kinds.items() if number or kind in found}
    if total is not None:
        present["total"] = total
    return present


def totals(kinds: dict[str, int]) -> Totals:
    """Return the totals of an observation's kinds: all that is input, all that is output, and `total` as given.

    Where a given total equals the two plain counts, the other kinds are parts of them and are not added.
    """
    plain_input, plain_output, total = kinds.get("input", 0), kinds.get("output", 0), kinds.get("total")
    if total == plain_input + plain_output or kinds.keys() <= PLAIN_KINDS:
        return Totals(plain_input, plain_output, plain_input + plain_output if total is None else total)
    entire = sum(number for kind, number in kinds.items() if "input" in kind)
    output = sum(number for kind, number in kinds.items() if "output" in kind and "input" not in kind)
    return Totals(entire, output, entire + output if total is None else total)


def langfuse_cost(value: Value) -> dict[str, Json] | None:
    """Return the nano-dollars of a Langfuse `cost_details` object, by kind."""
    given = numbers(value)
    kinds: dict[str, Json] = {}
    for kind, raw in (given or {}).items():
        nano = nano_dollars(raw)
        if nano is not None:
            kinds[kind] = nano
    return kinds or None


def cost_total(kinds: dict[str, int]) -> int | None:
    """Return the cost of an observation in nano-dollars: the total as given, else the sum of its kinds."""
    if not kinds:
        return None
    return kinds["total"] if "total" in kinds else sum(kinds.values())
