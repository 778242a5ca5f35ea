"""Numbers with units in a text: `5s`, `1h30m`, `$0.10`, `50 cents`, `5k tokens`, `half a minute`, `three`."""

from __future__ import annotations

import re
from typing import NamedTuple

from .trouble import Trouble
from .word import Quantity

DURATIONS = {
    "ms": 0.001, "msec": 0.001, "msecs": 0.001, "millisecond": 0.001, "milliseconds": 0.001, "s": 1.0, "sec": 1.0,
    "secs": 1.0, "second": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0, "d": 86400.0, "day": 86400.0,
    "days": 86400.0, "week": 604800.0, "weeks": 604800.0,
}  # fmt: skip
"""Seconds of each unit of time."""
MONEY = {"$": 1.0, "usd": 1.0, "dollar": 1.0, "dollars": 1.0, "us dollar": 1.0, "us dollars": 1.0, "bucks": 1.0,
         "cent": 0.01, "cents": 0.01, "¢": 0.01, "c": 0.01}  # fmt: skip
"""US dollars of each unit of money."""
MULTIPLES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}
NUMBERS = {
    "zero": 0, "nothing": 0, "one": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "fifty": 50, "hundred": 100,
}  # fmt: skip
FOREIGN = "€£¥₹"
LARGEST = 1e15
"""Larger numbers are not compared exactly."""


class Found(NamedTuple):
    """A quantity and where in the text it ends."""

    quantity: Quantity
    end: int


def _any(*words: str) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_END = r"(?![\w@/]|-\w|[.:]\w|,\d)"
_TOKENS = r"(?=\s*(?:input |output |total |prompt |completion )?tokens?\b)"
_NUMBER = re.compile(
    rf"(?P<dollar>\$\s?)?(?P<number>-?(?:{_DIGITS}))"
    rf"(?:\s?(?P<multiple>{_any(*MULTIPLES)}){_TOKENS}|(?P<kilo>k))?"
    rf"(?:\s?(?P<unit>%|{_any(*DURATIONS, *MONEY)}))?{_END}",
    re.IGNORECASE,
)
_SPOKEN = re.compile(rf"(?P<word>{_any(*NUMBERS)})(?:\s(?P<unit>{_any(*DURATIONS, *MONEY)}))?{_END}", re.IGNORECASE)
_ONE = re.compile(
    rf"(?P<half>half\s+)?an?\s(?P<unit>{_any(*(one for one in (*DURATIONS, *MONEY) if len(one) > 2))}){_END}",
    re.IGNORECASE,
)
_PART = rf"(?:{_DIGITS})\s?(?:{_any(*DURATIONS)})"
_SUM = re.compile(rf"{_PART}(?:\s?{_PART})+{_END}", re.IGNORECASE)
_PARTS = re.compile(rf"(?P<number>{_DIGITS})\s?(?P<unit>{_any(*DURATIONS)})", re.IGNORECASE)
_BOUND = rf"(?:\$\s?)?(?:{_DIGITS})k?(?:\s?(?:%|{_any(*DURATIONS, *MONEY)}))?"
_BOUNDS = re.compile(rf"(?P<low>{_BOUND})\s?[-–—]\s?(?P<high>{_BOUND}){_END}", re.IGNORECASE)  # noqa: RUF001
_UNITED = re.compile(r"[^\d\s.,–—-]")  # noqa: RUF001
_COUNTED = re.compile(r"\s+(?:input |output |total )?(?:tokens|traces|errors|spans|observations|sessions|steps)\b")
_FOREIGN = re.compile(rf"[{FOREIGN}]\s?\d[\d.,]{{0,20}}|\d[\d.,]{{0,20}}\s?(?:[{FOREIGN}]|eur\b|gbp\b)", re.IGNORECASE)
_LIKE = re.compile(r"[-$]?\.?\d[\w.,:%]*")


def find(text: str, start: int) -> Found | None:
    """Return the quantity that begins at `start`. Raises Trouble for another currency, and for too large a number."""
    if foreign := _FOREIGN.match(text, start):
        raise Trouble("costs are in US dollars", foreign[0])
    if parts := _SUM.match(text, start):
        seconds = sum(
            _amount(part["number"], 1, part[0]) * DURATIONS[part["unit"].lower()]
            for part in _PARTS.finditer(text, start, parts.end())
        )
        return Found(Quantity("time", seconds), parts.end())
    if number := _NUMBER.match(text, start):
        if number["number"].startswith("-") and start and (text[start - 1].isalnum() or text[start - 1] == "-"):
            return None
        return Found(_written(number), number.end())
    if spoken := _SPOKEN.match(text, start):
        return Found(_of_unit(float(NUMBERS[spoken["word"].lower()]), spoken["unit"]), spoken.end())
    if one := _ONE.match(text, start):
        return Found(_of_unit(0.5 if one["half"] else 1.0, one["unit"]), one.end())
    return None


def bounds(text: str, start: int) -> tuple[Found, int, Found] | None:
    """Return both ends of "$1-$2" or "100-300 ms" and where the second begins; None for "3-5" alone."""
    match = _BOUNDS.match(text, start)
    if match is None or not (_UNITED.search(match[0]) or _COUNTED.match(text, match.end())):
        return None
    low, high = whole(match["low"]), find(text, match.start("high"))
    if low is None or high is None or high.end != match.end():
        return None
    return Found(low, match.end("low")), match.start("high"), high


def whole(text: str) -> Quantity | None:
    """Return the quantity that all of a text is, None where it is something else."""
    found = find(text, 0)
    return found.quantity if found and found.end == len(text) else None


def scale(text: str) -> float:
    """Return how many seconds or dollars the unit is at the end of a quantity, 1 for none."""
    unit = re.search(r"[^\d\s.,]+$", text.lower())
    return (DURATIONS.get(unit[0]) or MONEY.get(unit[0]) or 1.0) if unit else 1.0


def like(text: str, start: int) -> str:
    """Return what looks like a quantity at `start`, to be named in a complaint; "" where nothing does."""
    match = _LIKE.match(text, start)
    return match[0] if match else ""


def _written(match: re.Match[str]) -> Quantity:
    factor = MULTIPLES[(match["multiple"] or match["kilo"]).lower()] if match["multiple"] or match["kilo"] else 1.0
    number = _amount(match["number"], factor, match[0])
    if match["dollar"]:
        unit = (match["unit"] or "$").lower()
        if unit not in MONEY:
            raise Trouble(f"dollars and {unit!r} at once", match[0])
        return Quantity("money", number * MONEY[unit])
    return _of_unit(number, match["unit"])


def _of_unit(number: float, unit: str | None) -> Quantity:
    if unit is None:
        return Quantity("number", number)
    unit = unit.lower()
    if unit == "%":
        return Quantity("percent", number)
    return Quantity("time", number * DURATIONS[unit]) if unit in DURATIONS else Quantity("money", number * MONEY[unit])


def _amount(digits: str, factor: float, text: str) -> float:
    number = float(digits.replace(",", "")) * factor
    if abs(number) > LARGEST:
        raise Trouble("this number is too large to compare by", text[:40])
    return number
