"""Flattened indexed keys: `llm.input_messages.0.message.role` and its like, as the tree they spell, and back.

OpenInference and the older OpenLLMetry send one attribute for each leaf of a list (attributes.md, sections 4.2, 4.3).
Indices come from outside: they are an order and nothing more, so that no index costs more than its own place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from ..proto.span import Value
from .observation import Json
from .values import CONTAINERS, plain

MAX_PLACES = 10_000
"""List places of one tree; what comes behind them in the order of the tree is left out."""

MAX_LEVELS = 32
"""Segments of a key behind the prefix; longer keys are left out."""

_NAME = re.compile(r"[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*")


class _Branch(dict[str, Any]):
    """Segments below one key; a class of its own, because an attribute's value may be a dict too."""

    __slots__ = ()


def gather(attributes: Mapping[str, Value], prefix: str) -> Json:
    """Return the tree that the keys below `prefix` ("llm.input_messages.") spell; None where there are none.

    Segments of digits are places of a list, in the order of their numbers and without gaps; other segments are names.
    Of a value and keys below it, the keys stay; of names beside numbers, the numbers stay (`gen_ai.prompt.0.role`
    beside `gen_ai.prompt.name`). The order of `attributes` makes no difference. What is left out, for that or for
    `MAX_PLACES` or `MAX_LEVELS`, is found among the attributes as before.
    """
    start = len(prefix)
    root = _Branch()
    met: dict[str, _Branch | None] = {"": root}
    for key, value in attributes.items():
        if not key.startswith(prefix):
            continue
        head, dot, last = key[start:].rpartition(".")
        node = met.get(head + dot)
        if node is None:
            node = met[head + dot] = _branch(root, head)
        if node is not None and node.get(last).__class__ is not _Branch:
            node[last] = value
    return _settled(root, [MAX_PLACES]) if root else None


def _branch(root: _Branch, head: str) -> _Branch | None:
    """Return the branch that the segments of `head` lead to, made where there is none; None where it is too deep."""
    path = head.split(".", MAX_LEVELS)
    if len(path) >= MAX_LEVELS:
        return None
    node = root
    for segment in path:
        below = node.get(segment)
        if below.__class__ is not _Branch:
            below = node[segment] = _Branch()
        node = below
    return node


def _settled(branch: _Branch, room: list[int]) -> Json:
    """Return a branch as the list or dict that it is; `room` holds the places that are left."""
    for segment in branch:
        if segment.isdigit() and segment.isascii():
            return _list(branch, room)
    tree: dict[str, Json] = {}
    for name in sorted(branch) if len(branch) > 1 else branch:
        value = branch[name]
        tree[name] = value if value.__class__ is str else _value(value, room)
    return tree


def _list(branch: _Branch, room: list[int]) -> Json:
    numbers = [segment for segment in branch if segment.isdigit() and segment.isascii()]
    if len(numbers) > 1:
        numbers.sort(key=_place)
    places: list[Json] = []
    for number in numbers:
        if not room[0]:
            break
        room[0] -= 1
        places.append(_value(branch[number], room))
    return places


def _value(value: Any, room: list[int]) -> Json:
    return _settled(value, room) if value.__class__ is _Branch else plain(value)


def _place(number: str) -> tuple[int, str, int]:
    """Return what numbers of any length sort by; Python refuses to read those of more than 4,300 digits."""
    digits = number.lstrip("0")
    return len(digits), digits, len(number)


def scatter(tree: Json, prefix: str) -> dict[str, Value]:
    """Return the leaves of a tree of lists and dicts under flattened keys; empty lists and dicts leave nothing."""
    leaves: dict[str, Value] = {}
    todo = [(prefix, tree)]
    while todo:
        start, branch = todo.pop()
        for segment, value in _members(branch):
            if isinstance(value, CONTAINERS):
                todo.append((f"{start}{segment}.", value))
            else:
                leaves[f"{start}{segment}"] = value
    return leaves


def _members(branch: Json) -> Iterable[tuple[object, Json]]:
    return branch.items() if isinstance(branch, dict) else enumerate(branch) if isinstance(branch, list) else ()


def exact(attributes: Mapping[str, Value], prefix: str, tree: Json) -> bool:
    """Return whether `tree` alone gives back all that the attributes say below `prefix`, in SQL too.

    So leaves must be texts or integers, names must hold a letter and nothing but `[A-Za-z0-9_-]`, lists must be
    numbered without gaps, and nothing may be empty or left out. A text with a NUL character does not count: SQLite's
    `json_tree` ends it there.
    """
    if not isinstance(tree, CONTAINERS):
        return False
    leaves = 0
    todo: list[tuple[str, Json]] = [(prefix, tree)]
    while todo:
        start, branch = todo.pop()
        if not branch or (isinstance(branch, dict) and not all(map(_plain, branch))):
            return False
        for segment, value in _members(branch):
            kind = value.__class__
            if kind is dict or kind is list:
                todo.append((f"{start}{segment}.", value))
                continue
            found = attributes.get(f"{start}{segment}")
            if found.__class__ is not kind or found != value:
                return False
            if kind is not int and (not isinstance(value, str) or "\0" in value):
                return False
            leaves += 1
    return leaves == sum([key.startswith(prefix) for key in attributes])


@lru_cache(4096)
def _plain(name: str) -> bool:
    return _NAME.fullmatch(name) is not None
