"""The shape of a vocabulary: rows that say which attribute key gives which field, and how its value is read.

A vocabulary is one file with a function `rows(sender)`. It returns the rows that hold for spans of that sender, or
none when the sender does not speak the vocabulary. Adding one: write the file, list it in `mapper.VOCABULARIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from ..proto.span import Resource, Scope, Value

Reader: TypeAlias = "Callable[[Value], Any]"  # Any: str, int, list … as the field wants


@dataclass(frozen=True, slots=True)
class Sender:
    """Who made a span, as far as reading its attributes depends on it."""

    scope: str = ""
    version: str = ""
    language: str = ""

    @classmethod
    def of(cls, scope: Scope, resource: Resource) -> Sender:
        """Return the sender of spans with this scope and resource."""
        return cls(scope.name, scope.version, str(resource.attributes.get("telemetry.sdk.language", "")))

    @property
    def major(self) -> int:
        """The major version of the instrumentation, 0 where it has none."""
        head = self.version.split(".", 1)[0]
        return int(head) if head.isdecimal() and head.isascii() else 0


class Row(NamedTuple):
    """One key of one field.

    `field`: one of the mapper's names: `CLAIMS` (about the trace), `OWN_FIELDS`, `SETTLED` and `OBSERVATION_ONLY`
    (about the observation), `OBJECTS`, "tags", "usage." and a name of `USAGE_COUNTS`, or one of `PREFIXES` and a name.
    "metadata.*" takes the part of the key behind the prefix as its own key. Any other is a ValueError from `Mapper`.
    `tier`: the key's place in the field's precedence, 1 being the most explicit, numbered as in attributes.md
    (sections 2 and 3) and comparable between vocabularies.
    `key`: an attribute key, or a prefix that ends in ".*".
    `read`: a function of `values` that returns what the field wants, or None for no value.
    `resource`: whether the key is looked for among the resource's attributes instead of the span's.
    """

    field: str
    tier: int
    key: str
    read: Reader
    resource: bool = False
