"""Tokens and cost of one observation: what the senders say, turned into kinds that never overlap.

Kept kinds follow Langfuse's stored keys (`input` without cached tokens, `input_cached_tokens`,
`input_cache_creation`, `output` without reasoning, `output_reasoning_tokens`, `total`); the totals `input_tokens` and
`output_tokens` include all of them. Source: langfuse.md, section 1.10; attributes.md, section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..proto.span import Value
from .observation import Json
from .values import count, nano_dollars, numbers

PLAIN_KINDS = {"input", "output", "total"}

KINDS = {
    "prompt_tokens": "input", "input_tokens": "input", "promptTokens": "input", "inputTokens": "input",
    "completion_tokens": "output", "output_tokens": "output",
    "completionTokens": "output", "outputTokens": "output",
    "total_tokens": "total", "totalTokens": "total",
}  # fmt: skip
"""What providers' usage objects call our kinds, each name on its own; input and output are whole there."""

DETAILS = {
    "prompt_tokens_details": "input", "input_tokens_details": "input", "input_token_details": "input",
    "promptTokensDetails": "input", "inputTokensDetails": "input", "inputTokenDetails": "input",
    "completion_tokens_details": "output", "output_tokens_details": "output", "output_token_details": "output",
    "completionTokensDetails": "output", "outputTokensDetails": "output", "outputTokenDetails": "output",
}  # fmt: skip
"""Objects of a usage object whose members are parts of the whole input or output."""

FOREIGN = KINDS.keys() | DETAILS.keys()


Totals: TypeAlias = "tuple[int, int, int]"
"""Tokens of an observation: all that is input, all that is output, and the total."""


def langfuse_usage(value: Value) -> dict[str, Json] | None:
    """Return the kinds of a Langfuse `usage_details` object, providers' names read as ours (`KINDS`, `DETAILS`).

    Parts told in details are taken out of their whole. All other keys are kept as they are; where two name the same
    kind, our own name counts, else the first.
    """
    given = numbers(value)
    if given is None:
        return None
    if not FOREIGN.isdisjoint(given):
        return _take_apart(given)
    kinds: dict[str, Json] = {}
    for kind, raw in given.items():
        number = count(raw)
        if number is not None:
            kinds[kind] = number
    return kinds or None


def _take_apart(given: dict[str, Json]) -> dict[str, Json] | None:
    """Return kinds with the names that `KINDS` knows made ours, and the parts told in details out of their whole."""
    kinds: dict[str, Json] = {}
    wholes: dict[str, int] = {}
    parts: dict[str, dict[str, Json]] = {}
    for name, raw in given.items():
        if isinstance(raw, dict):
            parts[name] = raw
        elif (number := count(raw)) is None:
            continue
        elif name in KINDS:
            wholes.setdefault(KINDS[name], number)
        else:
            kinds[name] = number
    for name, details in parts.items():
        side = DETAILS.get(name)
        whole = wholes.get(side) if side else None
        for part, raw in details.items() if side else ():
            number = count(raw) if raw else None
            if not number:
                continue
            if whole is not None and number <= whole:
                # parts that overlap share what is left: no kind counts what another one has
                number = min(number, wholes[str(side)])
                wholes[str(side)] -= number
            if number:
                kinds[f"{side}_{part}"] = number
    return wholes | kinds or None


def counted_usage(found: dict[str, int], cached_outside: bool = False) -> tuple[dict[str, int], Totals]:
    """Return kinds and totals from plain counts, keyed by the names of `fields.USAGE_COUNTS`.

    Cached tokens are part of the input and reasoning is part of the output, unless the numbers or (`cached_outside`)
    the vocabulary say otherwise (attributes.md, section 3.2, last lines); audio is part of either. What would be less
    than nothing without its parts was whole without them: no count is clamped to zero.
    """
    if "input" in found and "output" in found and "input_audio" not in found and "output_audio" not in found:
        # the usual case: parts that are parts, and a total that is the sum
        entire, output, total = found["input"], found["output"], found.get("total")
        read = found.get("cache_read", 0)
        write = found.get("cache_write", 0)
        reasoning = found.get("reasoning", 0)
        cached = read + write
        if (
            (total is None or total == entire + output)
            and cached <= (0 if cached_outside else entire)
            and reasoning <= output
        ):
            kinds = {"input": entire - cached}
            if read:
                kinds["input_cached_tokens"] = read
            if write:
                kinds["input_cache_creation"] = write
            kinds["output"] = output - reasoning
            if reasoning:
                kinds["output_reasoning_tokens"] = reasoning
            if total is not None:
                kinds["total"] = total
            return kinds, (entire, output, entire + output)
    return _taken_apart(found, cached_outside)


def _taken_apart(found: dict[str, int], cached_outside: bool) -> tuple[dict[str, int], Totals]:
    """Return what `counted_usage` does, whatever is missing or does not add up."""
    get = found.get
    read, write, reasoning = get("cache_read", 0), get("cache_write", 0), get("reasoning", 0)
    entire, output, total = get("input", 0), get("output", 0), get("total")
    kinds: dict[str, int] = {}
    if "input" in found:
        kinds["input"] = entire
    odd = total is not None and entire + output != total
    if read or write:
        outside = cached_outside or read + write > entire or (odd and entire + read + write + output == total)
        if outside:
            if total is not None and total == entire + output:
                total += read + write
            entire += read + write
        if "input" in found or entire > read + write:
            kinds["input"] = entire - read - write
        if read:
            kinds["input_cached_tokens"] = read
        if write:
            kinds["input_cache_creation"] = write
    if "output" in found:
        kinds["output"] = output
    if reasoning:
        if reasoning > output or (odd and entire + output + reasoning == total):
            if total is not None and total == entire + output:
                total += reasoning
            output += reasoning
        if "output" in found:
            kinds["output"] = output - reasoning
        kinds["output_reasoning_tokens"] = reasoning
    for part, whole, kind in AUDIO if "input_audio" in found or "output_audio" in found else ():
        spoken = min(get(part, 0), kinds.get(whole, 0))
        if spoken:
            kinds[whole] -= spoken
            kinds[kind] = spoken
    if total is not None:
        kinds["total"] = total
    return kinds, (entire, output, entire + output if total is None else total)


AUDIO = (("input_audio", "input", "input_audio_tokens"), ("output_audio", "output", "output_audio_tokens"))
"""Counts of audio, the kinds that they are part of, and theirs."""


def totals(kinds: Mapping[str, int]) -> Totals:
    """Return the totals of an observation's kinds: all that is input, all that is output, and `total` as given.

    Where a given total equals the two plain counts, the other kinds are parts of them and are not added. Where no
    total is given, it is the sum of all kinds, those that are neither input nor output too (langfuse.md, section 5:
    "sum of buckets when absent"): kinds never overlap, so `{"input": 10, "output": 10, "audio": 3}` are 23 tokens.
    """
    plain_input, plain_output, total = kinds.get("input", 0), kinds.get("output", 0), kinds.get("total")
    if total == plain_input + plain_output or kinds.keys() <= PLAIN_KINDS:
        return plain_input, plain_output, plain_input + plain_output if total is None else total
    entire = sum(number for kind, number in kinds.items() if "input" in kind.lower())
    output = sum(number for kind, number in kinds.items() if "output" in kind.lower() and "input" not in kind.lower())
    return entire, output, sum(kinds.values()) if total is None else total


def langfuse_cost(value: Value) -> dict[str, Json] | None:
    """Return the nano-dollars of a Langfuse `cost_details` object, by kind."""
    given = numbers(value)
    kinds: dict[str, Json] = {}
    for kind, raw in (given or {}).items():
        nano = nano_dollars(raw)
        if nano is not None:
            kinds[kind] = nano
    return kinds or None


def cost_total(kinds: Mapping[str, int]) -> int | None:
    """Return the cost of an observation in nano-dollars: the total as given, else the sum of its kinds."""
    if not kinds:
        return None
    return kinds["total"] if "total" in kinds else sum(kinds.values())
