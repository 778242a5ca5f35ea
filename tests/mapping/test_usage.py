"""Usage objects in the names of every provider: each name on its own, nothing counted twice, nothing lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from .reading import read


def usage(given: dict[str, Any]) -> tuple[dict[str, int], tuple[int, int, int]]:
    o = read({"langfuse.observation.usage_details": orjson.dumps(given).decode()})
    assert not o.problems
    return dict(o.usage_details), (o.input_tokens, o.output_tokens, o.total_tokens)


@pytest.mark.parametrize(
    ("given", "kinds", "totals"),
    [
        ({"prompt_tokens": 10, "total_tokens": 10}, {"input": 10, "total": 10}, (10, 0, 10)),
        ({"completion_tokens": 7}, {"output": 7}, (0, 7, 7)),
        ({"input_tokens": 4, "output": 2}, {"input": 4, "output": 2}, (4, 2, 6)),
        (
            {"promptTokens": 10, "completionTokens": 5, "totalTokens": 15},
            {"input": 10, "output": 5, "total": 15},
            (10, 5, 15),
        ),
        (
            {"inputTokens": 10, "outputTokens": 5, "reasoningTokens": 2, "totalTokens": 15},
            {"input": 10, "output": 5, "reasoningTokens": 2, "total": 15},
            (10, 5, 15),
        ),
        (
            {"input_tokens": 3, "cache_read_input_tokens": 40, "output_tokens": 5},
            {"input": 3, "cache_read_input_tokens": 40, "output": 5},
            (43, 5, 48),
        ),
        (
            {"promptTokens": 42, "promptTokensDetails": {"cachedTokens": 10}, "totalTokens": 42},
            {"input": 32, "input_cachedTokens": 10, "total": 42},
            (42, 0, 42),
        ),
        (
            {"input_tokens": 42, "input_token_details": {"cache_read": 10}, "output_tokens": 17},
            {"input": 32, "input_cache_read": 10, "output": 17},
            (42, 17, 59),
        ),
        # the whole is told by its parts alone
        ({"prompt_tokens_details": {"cached_tokens": 10}}, {"input_cached_tokens": 10}, (10, 0, 10)),
        # parts that overlap do not count twice; one that is more than the whole stands beside it
        ({"prompt_tokens": 5, "prompt_tokens_details": {"a": 4, "b": 4}}, {"input": 0, "input_a": 4, "input_b": 1},
         (5, 0, 5)),
        ({"input_tokens": 5, "input_tokens_details": {"cached_tokens": 10}}, {"input": 5, "input_cached_tokens": 10},
         (15, 0, 15)),
        # our own name before a provider's, and nothing twice
        ({"prompt_tokens": 42, "input": 32, "input_tokens": 42}, {"input": 32}, (32, 0, 32)),
        ({"prompt_tokens": -1, "output_tokens": "7", "input_tokens": None}, {"output": 7}, (0, 7, 7)),
    ],
)  # fmt: skip
def test_every_name_counts_on_its_own(
    given: dict[str, Any], kinds: dict[str, int], totals: tuple[int, int, int]
) -> None:
    assert usage(given) == (kinds, totals)


@pytest.mark.parametrize(
    ("given", "totals"),
    [
        ({"input": 10, "output": 10, "reasoning": 5, "audio": 3}, (10, 10, 28)),
        ({"audio": 3}, (0, 0, 3)),
        ({"input": 10, "output": 10, "reasoning": 5, "total": 20}, (10, 10, 20)),
        ({"input": 10, "output": 10, "reasoning": 5, "total": 25}, (10, 10, 25)),
    ],
)
def test_without_a_total_all_kinds_add_up_to_it(given: dict[str, Any], totals: tuple[int, int, int]) -> None:
    assert usage(given) == (given, totals)
