"""Aggregates that plain SQLite has not: percentiles, mode, spread."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from functools import cmp_to_key
from typing import Any


def compare(left: Any, right: Any) -> int:
    """Return -1, 0 or 1: numbers before text, as SQLite orders them."""
    ranks = [not isinstance(value, int | float) for value in (left, right)]
    if ranks[0] != ranks[1]:
        return -1 if ranks[1] else 1
    if ranks[0]:
        left, right = str(left), str(right)
    return int(left > right) - int(left < right)


def _sort(values: list[Any], down: bool) -> None:
    """Sort as `compare` does; values of one kind, which is all there are but for mixed JSON, at a tenth of the time."""
    kinds = {type(value) for value in values}
    alike = kinds <= {int, float} or kinds == {str}
    values.sort(key=None if alike else cmp_to_key(compare), reverse=down)


class _Ordered:
    """Values kept until the end, to be put in order."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.fraction: object = None
        self.down = False

    def step(self, value: object, fraction: object, order: str) -> None:
        """Take a row."""
        self.fraction, self.down = fraction, order == "d"
        if value is not None:
            self.values.append(value)


class _Percentile(_Ordered, ABC):
    """The fraction is a number, or a JSON list of them for several at once."""

    def finalize(self) -> object:
        """Return the percentile, or a JSON list of them."""
        if not self.values or self.fraction is None:
            return None
        _sort(self.values, self.down)
        if isinstance(self.fraction, str):
            wanted = json.loads(self.fraction) or []
            return json.dumps([None if part is None else self.at(float(part)) for part in wanted])
        return self.at(float(self.fraction)) if isinstance(self.fraction, int | float) else None

    @abstractmethod
    def at(self, fraction: float) -> Any:
        """Return the value at a fraction of the sorted values."""


class PercentileCont(_Percentile):
    """`percentile_cont(fraction) WITHIN GROUP (ORDER BY value)`: between the two nearest values."""

    def at(self, fraction: float) -> Any:
        """Return the interpolated value."""
        place = fraction * (len(self.values) - 1)
        low = math.floor(place)
        first, second = self.values[low], self.values[min(math.ceil(place), len(self.values) - 1)]
        return float(first) if low == place else first + (place - low) * (second - first)


class PercentileDisc(_Percentile):
    """`percentile_disc`: the first value at or behind the fraction."""

    def at(self, fraction: float) -> Any:
        """Return one of the values."""
        count = len(self.values)
        return (
            self.values[bisect_left(range(1, count + 1), fraction * count - 1e-9)] if fraction > 0 else self.values[0]
        )


class Mode(_Ordered):
    """`mode() WITHIN GROUP (ORDER BY value)`: the value met most often, the first of them in order."""

    def finalize(self) -> object:
        """Return the value."""
        if not self.values:
            return None
        _sort(self.values, self.down)
        return Counter(self.values).most_common(1)[0][0]


class Spread:
    """Mean and squared distances, one value after the other (Welford), which windows can take back."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def step(self, value: float | None) -> None:
        """Take a value in."""
        if value is not None:
            self.count += 1
            distance = value - self.mean
            self.mean += distance / self.count
            self.squares += distance * (value - self.mean)

    def inverse(self, value: float | None) -> None:
        """Take a value out again."""
        if value is not None:
            self.count -= 1
            distance = value - self.mean
            self.mean = self.mean - distance / self.count if self.count else 0.0
            self.squares = self.squares - distance * (value - self.mean) if self.count else 0.0

    def variance(self, less: int) -> float | None:
        """Return the mean square distance, over `less` fewer values than there are."""
        return max(self.squares, 0.0) / (self.count - less) if self.count > less else None
