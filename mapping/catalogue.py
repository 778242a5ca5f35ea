"""Models of the price list (library `genai-prices`) by the names that senders write.

The library's data says how each provider's models are matched; its own search tries every clause of every model, and
remembers every name for good. Here equal names are looked up, only the other clauses are tried, and nothing is kept.
The answers are the library's (`tests/mapping/test_catalogue.py`). The data comes with the package: nothing is fetched.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .providers import LOCAL, PROVIDERS, UNKNOWN, provider_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genai_prices.types import MatchLogic, ModelInfo, Provider

MAKERS = ("openai", "anthropic", "google", "mistral", "cohere", "x-ai", "deepseek", "perplexity", "voyageai")
"""Who is asked, in this order, for a name that no provider's pattern claims, such as `text-embedding-3-small`."""

RESELLERS = frozenset({"openai", "azure", "aws", "google"})
"""Providers that serve other makers' models at their prices, or (openai) whose protocol all others speak."""

RESOURCE_PATHS = ("models/", "publishers/", "projects/")
"""How Google's names begin that are a path: `projects/p/locations/l/publishers/google/models/gemini-2.5-pro`."""

BEDROCK = re.compile(
    r"^(?:(?:us|us-gov|eu|ap|apac|au|jp|in|ca|sa|global)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai?|nvidia|openai|qwen|writer)\."
    r"([^/]+?)(?:-v\d+(?::\d+)?)?$"
)
PREFIX = re.compile(r"([^/:]+)[/:](.+)")
MOST_PREFIXES = 4
COMPACT_DATE = re.compile(r"-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")
DATE = re.compile(r"[-@]20\d\d-?\d\d-?\d\d$")


def forms(model: str) -> Iterator[tuple[str | None, str]]:
    """Yield the names that a sender's name may stand for, each with the provider that its spelling tells of, if any.

    `bedrock/us.anthropic.claude-x-v1:0` gives itself, then (aws, us.anthropic.claude-x-v1:0), then (None, claude-x).
    """
    name = model.strip().lower()
    route: str | None = None
    yield None, name
    if name.startswith(RESOURCE_PATHS) and "models/" in name:
        route = "google" if "publishers/" in name else None
        name = name.rpartition("models/")[2]
        yield route, name
    elif name.startswith("arn:"):
        route, name = "aws", name.rpartition("/")[2]
        yield route, name
    for _ in range(MOST_PREFIXES):
        cut = PREFIX.match(name)
        head = PROVIDERS.get(cut[1].replace("_", "-")) if cut else None
        if cut is None or head is None:
            break
        route, name = head or route, cut[2]
        yield route, name
    if vendor := BEDROCK.match(name):
        yield "aws", name
        name = vendor[1]
        yield None, name
    if "@" in name:
        name = name.replace("@", "-")
        yield route, name
    dateless = DATE.sub("", name)
    if dateless != name:
        yield route, dateless


class Shelf:
    """The models of one provider, by name."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._equal: dict[str, int] = {}
        self._loose: list[tuple[int, MatchLogic]] = []
        for place, model in enumerate(provider.models):
            for clause in _alternatives(model.match):
                equal = getattr(clause, "equals", None)
                if equal is None:
                    self._loose.append((place, clause))
                else:
                    self._equal.setdefault(equal.lower(), place)

    def find(self, name: str, exactly: bool = False) -> ModelInfo | None:
        """Return the first model that a name in lower case matches; `exactly`: that has this very name."""
        best = self._equal.get(name)
        for place, clause in () if exactly else self._loose:
            if best is not None and best <= place:
                break
            if clause.is_match(name):
                return self.provider.models[place]
        return None if best is None else self.provider.models[best]


def _alternatives(clause: MatchLogic) -> Iterator[MatchLogic]:
    either = getattr(clause, "or_", None)
    if either is None:
        yield clause
    else:
        for member in either:
            yield from _alternatives(member)


class Catalogue:
    """All models that have a price."""

    def __init__(self, providers: list[Provider]) -> None:
        self.shelves = {provider.id: Shelf(provider) for provider in providers}
        self._patterns = [(p.model_match, self.shelves[p.id]) for p in providers if p.model_match is not None]

    def provider(self, word: str | None) -> str:
        """Return the price list's id for a sender's word, `LOCAL`, or `UNKNOWN`."""
        if not word:
            return UNKNOWN
        told = provider_of(word)
        if told is not None:
            return told
        spelled = word.strip().lower()
        if spelled in self.shelves:
            return spelled
        for name, shelf in self.shelves.items():
            match = shelf.provider.provider_match
            if match is not None and match.is_match(spelled):
                return name
        return UNKNOWN

    def find(self, model: str, provider: str | None) -> ModelInfo | None:
        """Return the model that a sender means, or None.

        For each form of its name: at the provider that the spelling tells of, else at the one that was given, else,
        where that is unknown or a reseller, by the name alone.
        """
        given = self.provider(provider)
        if given == LOCAL:
            return None
        alone = given == UNKNOWN or given in RESELLERS
        for route, name in forms(model):
            if route == LOCAL:
                return None
            found = self._at(route, name)
            if found is None and given != route:
                found = self._at(given, name)
            if found is None and alone:
                found = self._alone(name)
            if found is not None:
                return found
        return None

    def _at(self, provider: str | None, name: str) -> ModelInfo | None:
        """Return a provider's model, or that of the makers it falls back to; dates also as 2025-01-31."""
        shelf = self.shelves.get(provider) if provider else None
        if shelf is None:
            return None
        dashed = COMPACT_DATE.sub(r"-\1-\2-\3", name)
        others = shelf.provider.fallback_model_providers or ()
        shelves = (shelf, *(self.shelves[other] for other in others if other in self.shelves))
        for spelled in (name,) if dashed == name else (name, dashed):
            for each in shelves:
                found = each.find(spelled)
                if found is not None:
                    return found
        return None

    def _alone(self, name: str) -> ModelInfo | None:
        for pattern, shelf in self._patterns:
            if pattern.is_match(name) and (model := self._at(shelf.provider.id, name)):
                return model
        for maker in MAKERS:
            if maker in self.shelves and (model := self.shelves[maker].find(name, exactly=True)):
                return model
        return None


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of the installed library; the first call reads it, 5 MiB in about 50 ms."""
    from genai_prices.data import providers

    return Catalogue(providers)
