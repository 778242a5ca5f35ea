"""Models and providers by the names that senders write; the library's own search is the measure."""

from __future__ import annotations

import pytest
from genai_prices.data import providers
from genai_prices.types import ClauseEquals, ClauseOr, ClauseStartsWith, ModelInfo, Provider
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.mapping.catalogue import MAKERS, RESELLERS, Shelf, catalogue
from sidetrace.mapping.providers import LOCAL, PROVIDERS, UNKNOWN

IDS = [model.id for provider in providers for model in provider.models]


@pytest.mark.parametrize(
    ("word", "provider"),
    [
        ("openai", "openai"),
        ("openai.chat", "openai"),
        ("openai.responses", "openai"),
        ("OpenAI", "openai"),
        ("azure", "azure"),
        ("az.ai.openai", "azure"),
        ("azure.ai.openai", "azure"),
        ("azure-openai.chat", "azure"),
        ("vertex_ai", "google"),
        ("gcp.vertex_ai", "google"),
        ("gcp.gemini", "google"),
        ("gemini", "google"),
        ("google.generative-ai", "google"),
        ("google.vertex.chat", "google"),
        ("aws.bedrock", "aws"),
        ("amazon_bedrock", "aws"),
        ("anthropic", "anthropic"),
        ("anthropic.messages", "anthropic"),
        ("mistral_ai", "mistral"),
        ("x_ai", "x-ai"),
        ("moonshot_ai", "moonshotai"),
        ("together_ai", "together"),
        ("huggingface_novita", "huggingface_novita"),
        ("our-openai-proxy", "openai"),
        ("ollama", LOCAL),
        ("strands-agents", UNKNOWN),
        ("langchain", UNKNOWN),
        ("langgraph", UNKNOWN),
        ("crewai", UNKNOWN),
        ("autogen", UNKNOWN),
        ("microsoft.agent_framework", UNKNOWN),
        ("gcp.vertex.agent", UNKNOWN),
        ("pydantic-ai", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
        ("who knows", UNKNOWN),
    ],
)
def test_providers(word: str | None, provider: str) -> None:
    assert catalogue().provider(word) == provider


def test_the_table_names_providers_of_the_price_list() -> None:
    known = catalogue().shelves.keys()
    assert set(PROVIDERS.values()) <= known | {LOCAL, UNKNOWN}
    assert known >= set(MAKERS) | RESELLERS


@pytest.mark.parametrize(
    ("model", "provider", "found"),
    [
        ("gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("GPT-4o-mini-2024-07-18", "strands-agents", "gpt-4o-mini"),
        ("openai/gpt-4o-mini", "langgraph", "gpt-4o-mini"),
        ("openai/gpt-4o-mini", "openrouter", "openai/gpt-4o-mini"),
        ("openrouter/openai/gpt-4o-mini", None, "openai/gpt-4o-mini"),
        ("openai:gpt-5", "pydantic-ai", "gpt-5"),
        ("gpt-5-20250807", "litellm", "gpt-5"),
        ("gpt-5-2099-01-01", "openai", "gpt-5"),
        ("ft:gpt-4o-mini-2024-07-18:org::id", "openai", "ft:gpt-4o-mini"),
        ("gpt-35-turbo", "azure", "gpt-3.5-turbo"),
        ("text-embedding-3-small", "llama_index", "text-embedding-3-small"),
        ("models/gemini-2.5-flash", "gemini", "gemini-2.5-flash"),
        ("googleai/gemini-2.5-flash", None, "gemini-2.5-flash"),
        ("projects/p/locations/l/publishers/google/models/gemini-2.5-flash", "gcp.vertex_ai", "gemini-2.5-flash"),
        ("claude-sonnet-4-5@20250929", "vertex_ai", "claude-sonnet-4-5"),
        ("vertex_ai/claude-sonnet-4-5@20250929", None, "claude-sonnet-4-5"),
        ("claude-3-5-haiku-latest", "openai", "claude-3-5-haiku-latest"),
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "anthropic",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        (
            "bedrock/us-east-1/anthropic.claude-3-5-haiku-20241022-v1:0",
            "litellm",
            "regional.anthropic.claude-3-5-haiku-20241022-v1:0",
        ),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0",
            None,
            "amazon.nova-lite-v1:0",
        ),
        ("anthropic.claude-3-5-haiku-20991231-v1:0", "aws.bedrock", "claude-3-5-haiku-latest"),
        # runs on the sender's own machine
        ("deepseek-r1:8b", "ollama", None),
        ("ollama/deepseek-chat", None, None),
        ("openai/gpt-4o", "vllm", None),
        # a provider that is known and has no such model
        ("gpt-4o-mini", "groq", None),
        ("our-deployment", "azure", None),
    ],
)
def test_models(model: str, provider: str | None, found: str | None) -> None:
    meant = catalogue().find(model, provider)
    assert (meant.id if meant else None) == found


@given(st.sampled_from(IDS) | st.text(max_size=20), st.sampled_from(["", "-latest", "-2025-01-01", "x", ":free"]))
def test_a_shelf_finds_what_the_library_finds(name: str, ending: str) -> None:
    for provider in providers:
        spelled = (name + ending).lower()
        expected = next((model for model in provider.models if model.is_match(spelled)), None)
        assert catalogue().shelves[provider.id].find(spelled) is expected


def test_the_first_model_that_matches_is_meant() -> None:
    first = ModelInfo(id="first", match=ClauseOr([ClauseEquals("exact"), ClauseStartsWith("gp")]))
    second = ModelInfo(
        id="second", match=ClauseOr([ClauseEquals("GPT"), ClauseStartsWith("exa"), ClauseEquals("other")])
    )
    shelf = Shelf(Provider(id="p", name="p", api_pattern="", models=[first, second]))
    assert shelf.find("gpt") is first
    assert shelf.find("exact") is first
    assert shelf.find("exa") is second
    assert shelf.find("other") is second
    assert shelf.find("gpt", exactly=True) is second


def test_every_model_is_found_by_its_own_name() -> None:
    for provider in providers:
        shelf = Shelf(provider)
        for model in provider.models:
            expected = next((other for other in provider.models if other.is_match(model.id)), None)
            assert shelf.find(model.id.lower()) is expected, (provider.id, model.id)


@given(st.text(max_size=200), st.none() | st.text(max_size=200))
def test_any_name_may_be_asked(model: str, provider: str | None) -> None:
    assert catalogue().find(model, provider) is catalogue().find(model, provider)
