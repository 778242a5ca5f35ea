"""Patterns of JSON answers: what must be in them, when there may be more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Json = Any
Check = Callable[[Any], bool]


def holds(pattern: Json, answer: Json, where: str = "") -> None:
    """Assert that an answer fits a pattern: objects may hold more than is named, lists and values must be equal."""
    if isinstance(pattern, dict):
        assert isinstance(answer, dict), (where, answer)
        for name, each in pattern.items():
            assert name in answer, (where, name, answer)
            holds(each, answer[name], f"{where}.{name}")
    elif isinstance(pattern, list):
        assert isinstance(answer, list), (where, answer)
        assert len(answer) == len(pattern), (where, answer)
        for number, (each, item) in enumerate(zip(pattern, answer, strict=True)):
            holds(each, item, f"{where}[{number}]")
    elif callable(pattern):
        assert pattern(answer), (where, pattern, answer)
    else:
        assert answer == pattern, (where, answer)


def positive(number: Any) -> bool:
    """Say whether it is a number above zero, as text or not."""
    return float(number) > 0


def time(text: Any) -> bool:
    """Say whether it is a time in UTC, however the SDK writes it."""
    return isinstance(text, str) and text.endswith(("Z", "+00:00"))


def near(number: float) -> Any:
    """Return a value equal to a number but for how floats are added."""
    return pytest.approx(number)


def count(number: int) -> Check:
    """Return a check for a number that may come as text, as metrics may."""
    return lambda value: float(value) == pytest.approx(number)


def lacks(*names: str) -> Check:
    """Return a check that an object has none of these, or only null."""
    return lambda value: all(value.get(name) is None for name in names)


def data(*items: Json, **meta: Json) -> Json:
    """Return the pattern of a list."""
    return {"data": list(items), **({"meta": meta} if meta else {})}


def with_ids(*names: str, **meta: Json) -> Json:
    """Return the pattern of a list of what has these names."""
    return data(*({"id": f"${name}"} for name in names), **meta)


def with_names(*names: str) -> Json:
    """Return the pattern of a list of observations or scores with these names."""
    return data(*({"name": name} for name in names))


def any_order(*names: str) -> Check:
    """Return a check for a list of these names in any order."""
    return lambda answer: sorted(each["name"] for each in answer["data"]) == sorted(names)


def refused(status: int, says: str = "") -> Json:
    """Return the pattern of a refusal; its message is a text that says something."""

    def tells(message: Any) -> bool:
        return isinstance(message, str) and says in message

    return {"refused": status, "body": {"message": tells, "error": str.__len__}}


def item(kind: str, column: str, operator: str, value: Json, key: str = "") -> Json:
    """Return an item of a filter."""
    return {"type": kind, "column": column, "operator": operator, "value": value, **({"key": key} if key else {})}


def with_ids_of(*ids: str, **meta: Json) -> Json:
    """Return the pattern of a list of what has these ids."""
    return data(*({"id": each} for each in ids), **meta)
