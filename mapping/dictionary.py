"""From rows to plans: which attributes of a span to read for which field, worked out once for each shape of span.

Spans of one sender come in few shapes (the same keys in the same order), so the plan of a shape is remembered. A plan
has one chain of keys a field, the most explicit first; the first that has a value is taken, and no other is read.
Attributes that no row knows cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..proto.span import Span, Value
from .compiled import Keeping, Reads, Step, reading
from .fields import (
    BUILT_IN,
    CLAIM,
    CLAIMS,
    COST,
    FIELD,
    LARGEST_TIER,
    OBJECT_GROUPS,
    OBJECTS,
    OBSERVATION_METADATA,
    OF_RESOURCES,
    PARAMETER,
    PLACES,
    PLAIN_METADATA,
    TAGS,
    TRACE_METADATA,
    USAGE,
    known,
    targets,
)
from .metadata import IDS_IN_METADATA, noise
from .values import nothing, present, storable, text
from .vocabulary import Hook, Reader, Row, Run

if TYPE_CHECKING:
    from .findings import Findings

MEMO_SIZE = 2_000
"""Attribute keys remembered per sender."""
SHAPES = 2_000
"""Shapes of span that a mapper remembers, of all senders; those who make up keys have them worked out span by span."""


TO_SETTLE = frozenset({"usage_details", "cost_details", "completion_start_ns", "time_to_first", "level"})
"""Fields of which, as of usage, costs and parameters, something else is made."""

Plans: TypeAlias = "list[dict[tuple[str, ...], Plan]]"
"""The plans of all dictionaries of a mapper, by shape, which are bounded together."""


class Rule(NamedTuple):
    """A row compiled for one key: the value that `read` returns goes to `field` of `group`."""

    rank: int
    tier: int
    group: int
    field: str
    key: str
    read: Reader
    name: str
    """For metadata sent key by key, its key; "" for a whole object."""
    place: str = ""
    """The key itself for an input or output of which it is enough that it is not empty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read spans of one shape: the values of the attributes, then by hooks."""

    read: Reads
    hooks: tuple[Run, ...]
    events: dict[str, tuple[Run, ...]]
    """Hooks by the span event that calls for them."""
    settles: bool
    """Whether what it reads has to be settled (`settling.settle`)."""

    def ask_of_events(self, found: Findings, span: Span) -> None:
        """Run the hooks that the events of a span call for, and its attributes do not."""
        called = {run: None for event in span.events for run in self.events.get(event.name, ())}
        for run in called:
            if run not in self.hooks:
                run(found, span)


class _Pattern(NamedTuple):
    """A row whose key is a prefix; `numbered`: a number must follow it."""

    prefix: str
    numbered: bool
    place: int
    row: Row


def _check(row: Row) -> None:
    """Raise ValueError for a row whose field does not exist, or whose key does not give the name it asks for."""
    if not known(row.field) or not 1 - BUILT_IN <= row.tier <= LARGEST_TIER:
        raise ValueError(f"no such field or tier: {row}")
    if row.resource and any(group == FIELD and name not in OF_RESOURCES for group, name in targets(row.field)):
        raise ValueError(f"no field that a resource gives: {row}")
    if row.field.endswith(".*") and not row.key.endswith("*"):
        raise ValueError(f"a field that ends in .* wants a key that does: {row}")


def _place(key: str, read: Reader) -> Reader:
    """Return a reader that gives the key for a value in which `read` finds something: the value stays where it is."""

    def place(value: Value) -> str | None:
        return None if read(value) is None else key

    return place


class Dictionary:
    """The rows and hooks that hold for one sender, and the plans for the shapes of its spans."""

    def __init__(
        self,
        rows: Iterable[Row],
        hooks: Iterable[Hook] = (),
        of_resource: Iterable[Row] = (),
        all_plans: Plans | None = None,
    ) -> None:
        """Take rows in the order in which equal tiers go, and those that hold for the same sender's resources.

        `all_plans`: the plans of the other dictionaries of a mapper, to which its own are added.

        Raises ValueError for a row that names no field there is.
        """
        self._of_resource: dict[tuple[int, str], int] = {}
        """The least tier of what a resource can say, by group and field."""
        for row in of_resource:
            for target in targets(row.field):
                tier = row.tier + BUILT_IN
                self._of_resource[target] = min(tier, self._of_resource.get(target, tier))
        self._exact: dict[str, list[tuple[int, Row]]] = {}
        self._patterns: dict[str, list[_Pattern]] = {}
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self.plans: dict[tuple[str, ...], Plan] = {}
        """Those that were worked out, by shape."""
        self._all_plans = [] if all_plans is None else all_plans
        self._all_plans.append(self.plans)
        self._hooks = tuple(hooks)
        self._always = tuple(hook.run for hook in self._hooks if hook.always)
        self._hook_keys = frozenset(key for hook in self._hooks for key in hook.keys if not key.endswith("*"))
        self._hook_prefixes = tuple(key[:-1] for hook in self._hooks for key in hook.keys if key.endswith("*"))
        self._events: dict[str, tuple[Run, ...]] = {}
        for hook in self._hooks:
            for name, _ in hook.events:
                self._events[name] = (*self._events.get(name, ()), hook.run)
        for place, row in enumerate(rows):
            _check(row)
            if row.key.endswith("*"):
                numbered = row.key.endswith(".#.*")
                prefix = row.key[:-3] if numbered else row.key[:-1]
                self._patterns.setdefault(_head(prefix), []).append(_Pattern(prefix, numbered, place, row))
            else:
                self._exact.setdefault(row.key, []).append((place, row))
        for patterns in self._patterns.values():
            patterns.sort(key=lambda pattern: -len(pattern.prefix))

    def plan(self, shape: tuple[str, ...]) -> Plan:
        """Return the plan for spans with these attribute keys."""
        found = self.plans.get(shape)
        if found is None:
            found = self._make(shape)
            if sum(map(len, self._all_plans)) >= SHAPES:
                for plans in self._all_plans:
                    plans.clear()
            self.plans[shape] = found
        return found

    def _make(self, shape: tuple[str, ...]) -> Plan:
        chains: dict[tuple[int, str], list[Rule]] = {}
        tags: list[Rule] = []
        metadata: list[Rule] = []
        for key in shape:
            for rule in self._of(key):
                if rule.group < TAGS:
                    chains.setdefault((rule.group, rule.field), []).append(rule)
                elif rule.group == TAGS:
                    tags.append(rule)
                else:
                    metadata.append(rule)
        contested = tuple(
            target for target, rules in chains.items()
            if any(rule.tier > self._of_resource.get(target, rule.tier) for rule in rules)
        )  # fmt: skip
        read = reading(
            [_step(group, field, sorted(rules, key=_rank)) for (group, field), rules in chains.items()],
            tuple((rule.key, rule.read) for rule in sorted(tags, key=_rank)),
            tuple(_kept(rule) for rule in sorted(metadata, key=_rank)),
            contested,
        )
        return Plan(read, self._hooks_of(shape), self._events, any(map(_settles, chains)))

    def _hooks_of(self, shape: tuple[str, ...]) -> tuple[Run, ...]:
        if self._hook_keys.isdisjoint(shape) and not any(key.startswith(self._hook_prefixes) for key in shape):
            return self._always
        return tuple(
            hook.run
            for hook in self._hooks
            if hook.always or ((not hook.needs or hook.needs in shape) and any(_calls(hook, key) for key in shape))
        )

    def _of(self, key: str) -> tuple[Rule, ...]:
        """Return the rules of a key: those of the key itself, else those of the longest prefix that has any."""
        rules = self._rules.get(key)
        if rules is None:
            rules = self._learn(key)
            if len(self._rules) < MEMO_SIZE:
                self._rules[key] = rules
        return rules

    def _learn(self, key: str) -> tuple[Rule, ...]:
        exact = self._exact.get(key)
        if exact is not None:
            return tuple(rule for place, row in exact for rule in _compile(row, place, key, ""))
        fitting = [pattern for pattern in self._patterns.get(_head(key), ()) if _fits(pattern, key)]
        longest = len(fitting[0].prefix) if fitting else 0
        return tuple(
            rule
            for pattern in fitting
            if len(pattern.prefix) == longest
            for rule in _compile(pattern.row, pattern.place, key, key[longest:])
        )


def _rank(rule: Rule) -> int:
    return rule.rank


def _settles(target: tuple[int, str]) -> bool:
    group, field = target
    return group in (USAGE, COST, PARAMETER) or field in TO_SETTLE


def _step(group: int, field: str, rules: list[Rule]) -> Step:
    return Step(group, field, tuple((rule.key, rule.read, rule.tier) for rule in rules), rules[0].place)


def _kept(rule: Rule) -> Keeping:
    """Return a rule of metadata as `Plan.metadata` has it."""
    claim = f"metadata.{rule.name}" if rule.name and rule.group != OBSERVATION_METADATA else ""
    own = rule.name if rule.group != TRACE_METADATA else ""
    return rule.key, rule.read, rule.tier, claim, own, rule.group


def _head(key: str) -> str:
    """Return a key up to its first separator, by which the patterns are sorted."""
    ends = [end for end in (key.find("."), key.find(":")) if end > 0]
    return key[: min(ends)] if ends else key


def _fits(pattern: _Pattern, key: str) -> bool:
    if not key.startswith(pattern.prefix) or len(key) == len(pattern.prefix):
        return False
    if not pattern.numbered:
        return True
    segment = key[len(pattern.prefix) :].partition(".")[0]
    return segment.isascii() and segment.isdigit()


def _calls(hook: Hook, key: str) -> bool:
    return any(key.startswith(name[:-1]) if name.endswith("*") else key == name for name in hook.keys)


def _compile(row: Row, place: int, key: str, tail: str) -> list[Rule]:
    """Return the rules of a row for a key, of which `tail` stands behind the row's prefix."""
    tier = row.tier + BUILT_IN
    rank = tier << 16 | place
    read = row.read
    if read is nothing:
        return []
    plain_place = ""
    if row.field in PLACES:
        # of flattened keys, the place is the prefix
        place_key = f"{key[: -len(tail)]}*" if tail else key
        plain_place = place_key if read is present else ""
        read = _place(place_key, read)
    if not row.field.endswith(".*"):
        return [Rule(rank, tier, group, name, key, read, name, plain_place) for group, name in targets(row.field)]
    tail = storable(tail)
    head = row.field[:-2]
    if head not in OBJECTS:
        return [Rule(rank, tier, group, name, key, read, "") for group, name in targets(f"{head}.{tail}")]
    rules = []
    named = IDS_IN_METADATA.get(tail)
    if named is not None:
        field, its_tier = named[0], named[1] + BUILT_IN
        rules.append(Rule(its_tier << 16 | place, its_tier, CLAIM, CLAIMS[field], key, _id(read), ""))
    if row.tier < PLAIN_METADATA or not noise(tail):
        rules.append(Rule(rank, tier, OBJECT_GROUPS[head], head, key, read, tail))
    return rules


def _id(read: Reader) -> Reader:
    """Return a reader of ids in metadata, which unwraps them as the metadata itself is unwrapped."""

    def read_id(value: Value) -> Any:
        return text(read(value))

    return read_id
