"""Costs by the price list. Expected figures are nano-dollars: tokens x dollars per million x 1000."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage
from genai_prices.data import providers
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.mapping.prices import Prices, price_keys
from sidetrace.mapping.values import MAX_NANO_DOLLARS

PRICES = Prices()


def at(moment: str) -> int:
    """Nanoseconds of a moment in UTC."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


NOW = at("2026-11-20T12:00:00")


def cost(model: str, usage: dict[str, int], provider: str | None = None, start: int = NOW) -> dict[str, int] | None:
    return PRICES.cost(model, provider, start, usage)


def test_cached_and_reasoning_tokens_are_priced_apart_and_once() -> None:
    # gpt-4o-mini: input 0.15, cached 0.075, output 0.60
    usage = {"input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59}
    assert cost("gpt-4o-mini", usage, "openai") == {
        "input": 32 * 150,
        "input_cached_tokens": 10 * 75,
        "output": 12 * 600,
        "output_reasoning_tokens": 5 * 600,
        "total": 4800 + 750 + 7200 + 3000,
    }


def test_parts_of_a_whole_are_taken_out_of_it() -> None:
    """42 + 17 = 59 says that the cached and the reasoning tokens are inside: the same call, the same cost."""
    usage = {"input": 42, "input_cached_tokens": 10, "output": 17, "output_reasoning_tokens": 5, "total": 59}
    found = cost("gpt-4o-mini", usage, "openai")
    assert found is not None
    assert found["total"] == 15_750
    assert found["input"] == 32 * 150


def test_claude_writes_and_reads_its_cache() -> None:
    # claude-3-5-haiku: input 0.80, written for 5 minutes 1.00, for an hour 1.60, read 0.08, output 4.00
    usage = {
        "input": 100,
        "input_cache_creation": 1000,
        "input_cache_creation_1h": 7,
        "cache_read_input_tokens": 2000,
        "output": 50,
    }
    assert cost("claude-3-5-haiku-latest", usage, "anthropic") == {
        "input": 80_000,
        "input_cache_creation": 1_000_000,
        "input_cache_creation_1h": 11_200,
        "cache_read_input_tokens": 160_000,
        "output": 200_000,
        "total": 1_451_200,
    }


def test_a_large_context_costs_more_for_all_its_tokens() -> None:
    # gemini-2.5-pro up to 200,000 tokens of input: 1.25 / 0.125 / 10, above: 2.50 / 0.25 / 15
    fits = {"input": 150_000, "input_cached_tokens": 50_000, "output": 1000}
    assert cost("gemini-2.5-pro", fits) == {
        "input": 187_500_000,
        "input_cached_tokens": 6_250_000,
        "output": 10_000_000,
        "total": 203_750_000,
    }
    assert cost("gemini-2.5-pro", fits | {"input": 150_001}) == {
        "input": 375_002_500,
        "input_cached_tokens": 12_500_000,
        "output": 15_000_000,
        "total": 402_502_500,
    }
    # output does not make an input large
    assert cost("gemini-2.5-pro", {"input": 1, "output": 300_000, "total": 300_001}) == {
        "input": 1250,
        "output": 3_000_000_000,
        "total": 3_000_001_250,
    }


def test_the_date_of_the_span_counts() -> None:
    # o3 went from 10 / 40 to 2 / 8 on 2025-06-10
    usage = {"input": 1000, "output": 1000}
    change = at("2025-06-10T00:00:00")
    assert cost("o3", usage, "openai", change - 1) == {"input": 10_000_000, "output": 40_000_000, "total": 50_000_000}
    assert cost("o3", usage, "openai", change) == {"input": 2_000_000, "output": 8_000_000, "total": 10_000_000}
    assert cost("o3", usage, "openai", 0) == cost("o3", usage, "openai", change - 1)


@pytest.mark.parametrize(
    ("time", "price"), [("00:29:59", 135), ("00:30:00", 270), ("16:29:59", 270), ("16:30:00", 135)]
)
def test_the_time_of_day_counts(time: str, price: int) -> None:
    # deepseek-chat is cheaper from 16:30 to 00:30
    assert cost("deepseek-chat", {"input": 10}, "deepseek", at(f"2026-03-01T{time}")) == {
        "input": 10 * price,
        "total": 10 * price,
    }


def test_embeddings() -> None:
    # text-embedding-3-small: 0.02
    assert cost("text-embedding-3-small", {"input": 8, "total": 8}, "langchain") == {"input": 160, "total": 160}
    assert cost("text-embedding-3-small", {"total": 8}, "openai") == {"input": 160, "total": 160}
    assert cost("gpt-4o-mini", {"total": 8}, "openai") == {}


def test_audio() -> None:
    # gpt-realtime: text 4 / 16, audio 32 / 64, cached audio 0.40
    usage = {
        "input": 10,
        "input_audio_tokens": 10,
        "input_cached_audio_tokens": 10,
        "output": 10,
        "output_audio_tokens": 10,
    }
    assert cost("gpt-realtime", usage, "openai") == {
        "input": 40_000,
        "input_audio_tokens": 320_000,
        "input_cached_audio_tokens": 4000,
        "output": 160_000,
        "output_audio_tokens": 640_000,
        "total": 1_164_000,
    }
    # a model without a price for audio charges it as text
    assert cost("gpt-4o-mini", {"input_audio_tokens": 4}) == {"input_audio_tokens": 600, "total": 600}


def test_reasoning_has_a_price_of_its_own_where_it_is_listed() -> None:
    # sonar-deep-research: input 2, output 8, reasoning 3
    found = cost("sonar-deep-research", {"input": 10, "output": 10, "output_reasoning": 10}, "perplexity")
    assert found == {"input": 20_000, "output": 80_000, "output_reasoning": 30_000, "total": 130_000}


def test_a_fee_for_the_request() -> None:
    # sonar: 1 / 1, and 12 dollars for a thousand requests
    assert cost("sonar", {"input": 10, "output": 10}, "perplexity") == {
        "input": 10_000,
        "output": 10_000,
        "requests": 12_000_000,
        "total": 12_020_000,
    }


def test_fractions_of_a_nano_dollar_are_rounded_once() -> None:
    # amazon.nova-micro: input 0.035, cached 0.00875: 8.75 nano-dollars a token
    found = cost("amazon.nova-micro-v1:0", {"input": 1, "input_cached_tokens": 3}, "aws.bedrock")
    assert found == {"input": 35, "input_cached_tokens": 26, "total": 61}


@pytest.mark.parametrize("model", ["", "my-deployment", "llama3:8b", "gpt-4o" + "x" * 200, "\0", "/", "models/", ":"])
def test_unknown_models(model: str) -> None:
    assert cost(model, {"input": 1}, "openai") is None


def test_what_cannot_be_priced_is_not_free() -> None:
    assert cost("gpt-4o-mini", {}) == {}
    assert cost("gpt-4o-mini", {"reasoningTokens": 3, "input_characters": 9}) == {}
    assert cost("whisper-1", {"input": 3}, "openai") == {}  # by the hour
    assert cost("gpt-4o", {"input": 10**12}) == {}  # beyond belief
    assert cost("openai/gpt-oss-20b:free", {"input": 3}, "openrouter") == {"total": 0}


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("input", ("input_mtok",)),
        ("input_cache_read", ("cache_read_mtok", "input_mtok")),
        ("input_cached", ("cache_read_mtok", "input_mtok")),
        ("input_cachedTokens", ("cache_read_mtok", "input_mtok")),
        ("cache_read_input_tokens", ("cache_read_mtok", "input_mtok")),
        ("cache_creation_input_tokens", ("cache_write_mtok", "input_mtok")),
        ("input_cache_write", ("cache_write_mtok", "input_mtok")),
        ("input_cache_creation_5m", ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok")),
        ("input_ephemeral_1h_input_tokens", ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok")),
        ("output_reasoning", ("output_reasoning_mtok", "output_mtok")),
        ("output_audio_tokens", ("output_audio_mtok", "output_mtok")),
        ("input_image_tokens", ("input_image_mtok", "input_mtok")),
        ("output_text_tokens", ("output_text_mtok", "output_mtok")),
        ("total", ()),
        ("input_cost", ()),
        ("input_audio_seconds", ()),
    ],
)
def test_kinds_are_charged_by_the_most_particular_price(kind: str, keys: tuple[str, ...]) -> None:
    assert price_keys(kind) == keys


def test_all_models_cost_what_the_library_says() -> None:
    """The library's own calculation, on dependent counts, for every model of every provider."""
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    usage = {
        "input": 1000,
        "input_cached_tokens": 300,
        "input_cache_creation": 50,
        "output": 70,
        "output_reasoning": 30,
    }
    whole = Usage(
        input_tokens=1350, cache_read_tokens=300, cache_write_tokens=50, output_tokens=100, output_reasoning_tokens=30
    )
    compared = 0
    for provider in providers:
        for model in provider.models:
            found = PRICES.cost(model.id, provider.id, NOW, usage)
            meant = provider.find_model(model.id)
            if meant is None or not found or "input_mtok" not in vars(meant.get_prices(moment)):
                continue
            expected = meant.calc_price(whole, provider, genai_request_timestamp=moment).total_price
            assert abs(found["total"] - expected * Decimal(10**9)) <= len(usage), (provider.id, model.id)
            compared += 1
    assert compared > 1000


NAMES = st.text(max_size=30) | st.sampled_from(
    ["gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "o3", "deepseek-chat", "sonar", "text-embedding-3-small"]
)
KINDS = st.text(max_size=20) | st.sampled_from(
    ["input", "output", "total", "input_cached_tokens", "output_reasoning_tokens", "input_cache_creation_1h"]
)


@given(NAMES, st.none() | NAMES, st.integers(), st.dictionaries(KINDS, st.integers()))
def test_anything_may_be_asked(model: str, provider: str | None, start: int, usage: dict[str, int]) -> None:
    found = cost(model, usage, provider, start)
    assert found == Prices().cost(model, provider, start, usage)
    if found:
        kinds = {kind: amount for kind, amount in found.items() if kind != "total"}
        assert found["total"] == sum(kinds.values())
        assert all(0 <= amount <= MAX_NANO_DOLLARS for amount in kinds.values())
        assert kinds.keys() <= usage.keys() | {"requests", "input"}


@given(
    st.sampled_from(["gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "o3", "gpt-realtime"]),
    st.dictionaries(KINDS.filter(lambda kind: kind != "total"), st.integers(0, 10**6), min_size=1),
    st.data(),
)
def test_more_tokens_never_cost_less(model: str, usage: dict[str, int], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(usage)))
    less, more = cost(model, usage), cost(model, usage | {kind: usage[kind] + data.draw(st.integers(1, 10**6))})
    assert less is not None
    assert more is not None
    assert less.get("total", 0) <= more.get("total", 0)


def test_the_library_is_read_at_first_use_and_fetches_nothing() -> None:
    code = """
import socket, sys, threading
import sidetrace.mapping.prices as module
assert "genai_prices" not in sys.modules
def refuse(*_): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
assert module.Prices().cost("gpt-4o-mini", "openai", 0, {"input": 2}) == {"input": 300, "total": 300}
assert "genai_prices" in sys.modules and threading.active_count() == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True)
