"""Figures, times and names in words, as pages show them; what is not known is nothing."""

from __future__ import annotations

import math
from urllib.parse import quote

from ..mapping.observation import LEVELS, TYPES

BRIEF = 300
"""Characters of a name, an id, a tag or a key that a page shows."""


def brief(value: object) -> str:
    """Return a name or id, cut where it is very long."""
    text = "" if value is None else str(value)
    return text if len(text) <= BRIEF else f"{text[:BRIEF]}…"


def number(value: object) -> str:
    """Return a count with commas between the thousands."""
    return f"{value:,}" if isinstance(value, int) else ""


def milliseconds(value: object) -> str:
    """Return milliseconds as seconds, minutes or hours (`0.012s`, `15.2s`, `3m 20s`, `2h 05m`)."""
    if not isinstance(value, int | float):
        return ""
    seconds = value / 1000
    if seconds < 120:
        return f"{seconds:.1f}s" if seconds >= 0.05 else f"{seconds:.3f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"


def dollars(value: object) -> str:
    """Return USD with two decimals, below a cent with two significant digits (`$0.23`, `$0.000016`)."""
    if not isinstance(value, int | float):
        return ""
    decimals = 1 - math.floor(math.log10(value)) if 0 < value < 0.01 else 2
    return f"${value:,.{decimals}f}"


def moment(value: object) -> str:
    """Return a stored time (`YYYY-MM-DD HH:MM:SS.sss`, UTC) to the second."""
    return str(value)[:19] if value else ""


def iso(value: object) -> str:
    """Return a stored time as ISO 8601, for the attribute that programs read."""
    return f"{str(value).replace(' ', 'T', 1)}Z" if value else ""


def part(value: object) -> str:
    """Return an id as one part of a path."""
    return quote(str(value), safe="")


def kind(value: object) -> str:
    """Return an observation type or a level as the name of its style; one that is neither has none."""
    return str(value).lower() if value in TYPES or value in LEVELS else ""


FILTERS = {
    each.__name__: each for each in (brief, number, milliseconds, dollars, moment, iso, part, kind)
}  # fmt: skip
"""What templates call these."""
