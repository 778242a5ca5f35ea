"""The shape of a vocabulary: rows that say which attribute key gives which field, and hooks for what no row can say.

A vocabulary is one file in `mapping/vocabularies/` with one `VOCABULARY`. It is found there by itself: adding one means
writing that file and its test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..proto.span import Resource, Scope, Span, Value

if TYPE_CHECKING:
    from .findings import Findings

Reader: TypeAlias = "Callable[[Value], Any]"  # Any: str, int, list … as the field wants
Run: TypeAlias = "Callable[[Findings, Span], None]"


class Sender(NamedTuple):
    """Who made a span, as far as reading its attributes depends on it.

    `scope` and `version` are the instrumentation scope's, `language` and `sdk` the resource's
    `telemetry.sdk.language` and `telemetry.sdk.name`.
    """

    scope: str = ""
    version: str = ""
    language: str = ""
    sdk: str = ""

    @classmethod
    def of(cls, scope: Scope, resource: Resource) -> Sender:
        """Return the sender of spans with this scope and resource."""
        told = resource.attributes
        language, sdk = told.get("telemetry.sdk.language", ""), told.get("telemetry.sdk.name", "")
        return cls(scope.name, scope.version, str(language), str(sdk))

    @property
    def major(self) -> int:
        """The major version of the instrumentation, 0 where it has none."""
        head = self.version.split(".", 1)[0]
        return int(head) if len(head) < 10 and head.isdecimal() and head.isascii() else 0


Only: TypeAlias = "Callable[[Sender], bool]"


def scope(*names: str) -> Only:
    """Return a condition: the sender's scope is one of these; a name that ends in `*` is the beginning of one."""
    exact = frozenset(name for name in names if not name.endswith("*"))
    beginnings = tuple(name[:-1] for name in names if name.endswith("*"))

    def only(sender: Sender) -> bool:
        return sender.scope in exact or (bool(beginnings) and sender.scope.startswith(beginnings))

    only.__doc__ = ", ".join(names)
    return only


class Row(NamedTuple):
    """One key of one field.

    `field`: a name of `mapping.fields`; any other is a ValueError from `Mapper`. "metadata.*" and its likes take the
    part of the key behind the prefix as their own key.
    `tier`: the key's place in the field's precedence, 1 being the most explicit, numbered as in attributes.md
    (sections 2 and 3) and comparable between vocabularies; 222 at most. Equal tiers go by vocabulary and row.
    `key`: an attribute key, or a prefix that ends in "*", mostly in ".*". ".#.*" at its end wants a number in the
    place of "#": "gen_ai.prompt.#.*" takes `gen_ai.prompt.0.role`, and not `gen_ai.prompt.name`.
    `read`: a function of `values` that returns what the field wants, or None for no value.
    `resource`: whether the key is looked for among the resource's attributes instead of the span's.
    `only`: the senders for which the row holds, as `scope("logfire", "logfire.*")`; None: all.
    """

    field: str
    tier: int
    key: str
    read: Reader
    resource: bool = False
    only: Only | None = None


class Hook(NamedTuple):
    """What rows cannot say: values put together from several attributes, from inside of JSON, or from span events.

    `run(found, span)` is called after the rows have been read, and offers what it finds with a tier, as a row does
    (`Findings.offer`). `reads` and `events` list what it reads, as (key or event name, field). It is called for spans
    that carry one of these keys (exact, or a prefix as in `Row`) or events; where `when` names keys, for spans that
    carry one of those instead; with `always`, for every span of the senders of `only`. `needs` is a key without which
    attributes do not call for it.
    """

    run: Run
    reads: tuple[tuple[str, str], ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    always: bool = False
    only: Only | None = None
    when: tuple[str, ...] = ()
    needs: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The attribute keys that call for it."""
        return self.when or tuple(key for key, _ in self.reads)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One sender's or convention's way to say things. `name` is how people call it."""

    name: str
    rows: tuple[Row, ...] = ()
    hooks: tuple[Hook, ...] = ()

    def rows_for(self, sender: Sender) -> tuple[Row, ...]:
        """Return the rows that hold for a sender."""
        return tuple(row for row in self.rows if row.only is None or row.only(sender))

    def hooks_for(self, sender: Sender) -> tuple[Hook, ...]:
        """Return the hooks that hold for a sender."""
        return tuple(hook for hook in self.hooks if hook.only is None or hook.only(sender))
