"""What a JSON object in a question asks of metadata: `{"plan": "pro", "customer": {"tier": 2}}`."""

from __future__ import annotations

import json
from collections.abc import Iterator

Member = tuple[str, "str | float | None"]
"""A dotted key and its value: a text, a number, "true" or "false"; None asks that there is none."""

STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})  # noqa: RUF001
"""Quotation marks as a phone or a word processor makes them."""


def members_of(text: str) -> tuple[Member, ...]:
    """Return the members of an object, () for what is none, or has a list in it. Single quotation marks will do."""
    straight = text.translate(STRAIGHT)
    for form in (straight, straight.replace("'", '"')):
        try:
            found = json.loads(form)
            return tuple(_members(found, ""))
        except (ValueError, RecursionError):
            continue
    return ()


def _members(found: dict[str, object], prefix: str) -> Iterator[Member]:
    for key, value in found.items():
        name = f"{prefix}{key}"
        match value:
            case dict():
                yield from _members(value, f"{name}.")
            case bool():
                yield name, str(value).lower()
            case int() | float():
                yield name, float(value)
            case str() | None if key:
                yield name, value
            case _:
                raise ValueError("a list, or a member without a name, is compared with nothing")
