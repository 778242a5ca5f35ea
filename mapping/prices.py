"""What a model call cost where the sender does not say: usage times the price list of `genai-prices`.

Prices are those of the span's own date and time of day, and of its input's size where the provider charges large
contexts more. Kinds that a model has no price of its own for cost what they are a part of: reasoning tokens what
output costs, cached ones what input costs. All arithmetic is on integers, so that equal spans cost equally. Not told
by the spans, hence at the standard price: batches and service tiers. Source: design, section 4; langfuse.md, section 8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .catalogue import catalogue
from .usage import PLAIN_KINDS, totals
from .values import MAX_NANO_DOLLARS

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, StartDateConstraint, TieredPrices, TimeOfDateConstraint

LONGEST_NAME = 200
"""Longer names of models, providers and kinds are unknown, so that what is remembered stays small."""

MEMORY = 4096
"""Pairs of model and provider that are remembered."""

NANO_PER_TOKEN = 1000
"""Nano-dollars a token, at one dollar for a million tokens."""

NANO_PER_REQUEST = 1_000_000
"""Nano-dollars a request, at one dollar for a thousand requests."""

SECOND = 1_000_000_000
LAST_SECOND = 2**32
"""Later times (the year 2106) are taken for this one."""

NOT_TOKENS = ("character", "second", "minute", "page", "pixel", "byte", "cost", "request", "search")
"""Words in the names of kinds that count something else."""

MODALITIES = ("text", "audio", "image", "video")

COMMON_KINDS = (
    "input", "output", "total", "input_cached_tokens", "input_cache_read", "cache_read_input_tokens",
    "input_cache_creation", "cache_creation_input_tokens", "input_cache_creation_5m", "input_cache_creation_1h",
    "input_audio_tokens", "input_image_tokens", "output_reasoning_tokens", "output_reasoning", "output_audio_tokens",
)  # fmt: skip
"""Kinds whose rates are looked up once for each card; any other costs a look at its name."""

Rate: TypeAlias = tuple[int, int, int]
"""(a, b, c): n units cost (a * n + b) // c nano-dollars, which is the exact product rounded, halves up."""


@dataclass(frozen=True, slots=True)
class Card:
    """Prices that hold at one time, for inputs of one size."""

    above: int
    """Input tokens that must be exceeded."""
    prices: dict[str, Rate]
    """By the library's price keys."""
    kinds: dict[str, Rate | None]
    """By kind of usage, for the common ones."""
    free: bool = False
    """The library lists the model without any price: it costs nothing."""
    whole: dict[str, int] = field(default_factory=dict)
    """By common kind: nano-dollars a token where they are whole, as usual, and there is no fee; 0 for `total`."""


class Period(NamedTuple):
    """Prices that hold at one time: cards from the largest input to the smallest, at least one."""

    holds: Callable[[int], bool] | None
    cards: tuple[Card, ...]


Sheet: TypeAlias = tuple[Period, ...]
"""All prices of a model. The first period that holds counts; the last always does."""
Known: TypeAlias = "tuple[Sheet | None, Card | None]"
"""A model's prices, None for an unknown one, and its only card where there is only one, as usual."""


class Prices:
    """The price list. Made in no time; the library is read with `load` or at first use. Threads may share one."""

    def __init__(self) -> None:
        self._sheets: dict[int, Sheet] = {}
        self._known: dict[tuple[str, str | None], Known] = {}

    def load(self) -> None:
        """Read the library now (about 50 ms), so that no span waits for it."""
        catalogue()

    def cost(self, model: str, provider: str | None, start_ns: int, usage: Mapping[str, int]) -> dict[str, int] | None:
        """Return nano-dollars by kind, and `total`, their sum; None for an unknown model. Never raises.

        `model` and `provider` are as the sender writes them; `start_ns` is the span's start; `usage` holds tokens by
        the kinds of `mapping.usage`, none less than 0. The answer is empty where the model is known but the price
        cannot be told: no tokens, none of a kind that this model has a price for, or a sum beyond belief
        (`MAX_NANO_DOLLARS`). A fee for each request stands under `requests`.
        """
        known = self._known.get((model, provider))
        sheet, card = self._ask(model, provider) if known is None else known
        if card is None:
            if sheet is None:
                return None
            card = _card_of(sheet, start_ns, usage)
        # a total that says that all other kinds are parts of input and output (see `usage.totals`)
        if (
            "total" in usage
            and usage["total"] == usage.get("input", 0) + usage.get("output", 0)
            and not usage.keys() <= PLAIN_KINDS
        ):
            usage = _apart(usage)
        cost: dict[str, int] = {}
        total, whole = 0, card.whole
        try:
            for kind, units in usage.items():
                cost[kind] = amount = whole[kind] * units
                total += amount
        except KeyError:
            return _charge_exactly(card, usage)
        if not 0 < total <= MAX_NANO_DOLLARS:
            return _charge_exactly(card, usage)
        cost["total"] = total
        return cost

    def _ask(self, model: str, provider: str | None) -> Known:
        """Return the prices of a model, and remember what the catalogue says of it."""
        if len(model) > LONGEST_NAME:
            return None, None
        if provider is not None and len(provider) > LONGEST_NAME:
            return self._ask(model, None)
        sheet = self._look_up(model, provider)
        cards = [card for period in sheet or () for card in period.cards]
        known = sheet, cards[0] if len(cards) == 1 else None
        if len(self._known) >= MEMORY:
            self._known.clear()
        self._known[model, provider] = known
        return known

    def _look_up(self, model: str, provider: str | None) -> Sheet | None:
        found = catalogue().find(model, provider)
        if found is None:
            return None
        sheet = self._sheets.get(id(found))  # models live as long as the library
        if sheet is None:
            sheet = self._sheets[id(found)] = _sheet(found)
        return sheet


def _card_of(sheet: Sheet, start_ns: int, usage: Mapping[str, int]) -> Card:
    """Return the card for a time and a size of the input."""
    cards = next(each.cards for each in sheet if each.holds is None or each.holds(start_ns))
    if len(cards) > 1 and sum(usage.values()) > cards[-2].above:
        entire = totals(dict(usage))[0]
        return next(card for card in cards if entire > card.above or card is cards[-1])
    return cards[-1]


def _charge_exactly(card: Card, usage: Mapping[str, int]) -> dict[str, int]:
    """Return what `Prices.cost` does, at any price and for any kind."""
    prices, kinds = card.prices, card.kinds
    if card.free:
        return {"total": 0} if usage else {}
    cost: dict[str, int] = {}
    total = 0
    for kind, units in usage.items():
        rate = kinds[kind] if kind in kinds else _rate(prices, kind)
        if rate is not None and units >= 0:
            times, half, whole = rate
            cost[kind] = amount = (times * units + half) // whole
            total += amount
    if not cost and "total" in usage and not prices.get("output_mtok", (0,))[0]:
        # embeddings: all that there is, is input
        rate = kinds["input"]
        if rate is not None and usage["total"] >= 0:
            cost["input"] = total = (rate[0] * usage["total"] + rate[1]) // rate[2]
    fee = prices.get("requests_kcount")
    if fee is not None and cost:
        cost["requests"] = amount = (fee[0] + fee[1]) // fee[2]
        total += amount
    if not cost or total > MAX_NANO_DOLLARS:
        return {}
    cost["total"] = total
    return cost


def _apart(usage: Mapping[str, int]) -> dict[str, int]:
    """Return kinds that do not overlap, where all but input and output are parts of those."""
    rest = dict(usage)
    for kind, units in usage.items():
        whole = side(kind)
        if whole is not None and kind != whole and units > 0 and whole in rest:
            rest[whole] = max(rest[whole] - units, 0)
    return rest


@lru_cache(MEMORY)
def side(kind: str) -> str | None:
    """Return `input` or `output` for a kind of tokens, by the rule that `usage.totals` counts them by, else None."""
    lower = kind.lower() if len(kind) <= LONGEST_NAME else ""
    if any(word in lower for word in NOT_TOKENS):
        return None
    return "input" if "input" in lower else "output" if "output" in lower else None


def price_keys(kind: str) -> tuple[str, ...]:
    """Return the library's price keys that a kind may be charged by, the most particular first."""
    whole, lower = side(kind), kind.lower()
    if whole is None:
        return ("input_mchars",) if lower in ("input_characters", "inputcharacters") else ()
    modality = next((word for word in MODALITIES if word in lower), None)
    plain = (f"{whole}_mtok",) if modality is None else (f"{whole}_{modality}_mtok", f"{whole}_mtok")
    if whole == "output":
        part = "reasoning" if any(word in lower for word in ("reason", "think", "thought")) else None
        part = "citation" if "citation" in lower else part
        return (f"output_{part}_mtok", *plain) if part else plain
    if "cach" not in lower and "ephemeral" not in lower:
        return ("input_tool_mtok", *plain) if "tool" in lower else plain
    if "creat" not in lower and "write" not in lower and "ephemeral" not in lower:
        return (*((f"cache_{modality}_read_mtok",) if modality else ()), "cache_read_mtok", *plain)
    life = next((f"cache_write_{time}_mtok" for time in ("1h", "5m") if time in lower), None)
    by_modality = (f"cache_{modality}_write_mtok",) if modality else ()
    return (*((life,) if life else ()), *by_modality, "cache_write_mtok", *plain)


def _rate(prices: dict[str, Rate], kind: str) -> Rate | None:
    return next((prices[key] for key in price_keys(kind) if key in prices), None)


def _sheet(model: ModelInfo) -> Sheet:
    """Return a model's prices, the latest condition first, as the library asks them."""
    if not isinstance(model.prices, list):
        return (Period(None, _cards(model.prices)),)
    periods = [
        Period(None if each.constraint is None else _holds(each.constraint), _cards(each.prices))
        for each in reversed(model.prices)
    ]
    return (*periods, Period(None, periods[-1].cards if periods else (Card(-1, {}, {}, free=True),)))


def _holds(constraint: StartDateConstraint | TimeOfDateConstraint) -> Callable[[int], bool]:
    """Return the test whether a condition holds at a time in nanoseconds."""
    day = getattr(constraint, "start_date", None)
    if day is not None:
        first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND
        return lambda ns: ns >= first
    return lambda ns: constraint.active(datetime.fromtimestamp(min(max(ns // SECOND, 0), LAST_SECOND), UTC))


def _cards(price: ModelPrice) -> tuple[Card, ...]:
    given: dict[str, Decimal | TieredPrices] = {
        key: value
        for key, value in vars(price).items()
        if value is not None and (key.endswith("_mtok") or key in ("input_mchars", "requests_kcount"))
    }
    if all(value is None for value in vars(price).values()):
        return (Card(-1, {}, {}, free=True),)
    starts = {-1, *(tier.start for value in given.values() for tier in getattr(value, "tiers", ()))}
    return tuple(_card(above, given) for above in sorted(starts, reverse=True))


def _card(above: int, given: Mapping[str, Decimal | TieredPrices]) -> Card:
    prices: dict[str, Rate] = {}
    for key, value in given.items():
        price = value if isinstance(value, Decimal) else value.base
        for tier in () if isinstance(value, Decimal) else value.tiers:
            if tier.start <= above:
                price = tier.price
        if price.is_finite() and price >= 0:
            exact = Fraction(price) * (NANO_PER_REQUEST if key == "requests_kcount" else NANO_PER_TOKEN)
            # whole nano-dollars, the usual price, leave nothing to round
            whole = exact.denominator == 1
            prices[key] = (
                (exact.numerator, 0, 1) if whole else (2 * exact.numerator, exact.denominator, 2 * exact.denominator)
            )
    kinds = {kind: _rate(prices, kind) for kind in COMMON_KINDS}
    if "requests_kcount" in prices:
        return Card(above, prices, kinds)
    usual = {kind: rate[0] for kind, rate in kinds.items() if rate is not None and rate[2] == 1}
    return Card(above, prices, kinds, False, {"total": 0, **usual})
