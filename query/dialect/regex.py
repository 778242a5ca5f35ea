"""Regular expressions as Postgres reads them, matched in time that grows with the text alone.

Python's own `re` can take time exponential in the text, and holds the interpreter meanwhile, which a question from
outside must not be able to do. So a pattern becomes a non-deterministic automaton (Thompson), whose states are made
deterministic as the text is read, and remembered. Groups are not captured: the question is only whether it matches.
Taken: . [ ] [^ ] [:class:] ( ) (?: ) | * + ? {m,n} and their lazy forms, ^ $ \\A \\Z \\y \\Y \\m \\M, and
\\d \\s \\w \\D \\S \\W.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

MAX_NODES = 2000
"""Nodes of one automaton; counted repetition multiplies them."""
MAX_REMEMBERED = 20_000
"""Transitions that one pattern remembers."""

Accepts: TypeAlias = Callable[[str], bool]

_CLASSES: dict[str, Accepts] = {
    "alpha": str.isalpha, "digit": str.isdigit, "alnum": str.isalnum, "upper": str.isupper, "lower": str.islower,
    "space": str.isspace, "punct": lambda c: c.isprintable() and not c.isalnum() and not c.isspace(),
    "xdigit": lambda c: c in "0123456789abcdefABCDEF", "blank": lambda c: c in " \t",
    "print": str.isprintable, "graph": lambda c: c.isprintable() and not c.isspace(),
    "cntrl": lambda c: ord(c) < 32 or ord(c) == 127, "word": lambda c: c.isalnum() or c == "_",
}  # fmt: skip
_word = _CLASSES["word"]
_ESCAPED = {"d": "digit", "s": "space", "w": "word"}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "b": "\b"}
# what must hold between the characters before and after, "" at the text's ends
_ASSERTIONS: dict[str, Callable[[str, str], bool]] = {
    "^": lambda before, after: not before,
    "$": lambda before, after: not after,
    "\\A": lambda before, after: not before,
    "\\Z": lambda before, after: not after,
    "\\y": lambda before, after: _at(before) != _at(after),
    "\\Y": lambda before, after: _at(before) == _at(after),
    "\\m": lambda before, after: not _at(before) and _at(after),
    "\\M": lambda before, after: _at(before) and not _at(after),
}


def _at(character: str) -> bool:
    return bool(character) and _word(character)


class BadPattern(ValueError):
    """A pattern that is broken, or that only a backtracking matcher could follow; says what and where."""


class _Node:
    """One state: what it accepts on the way to `out`, or an assertion, or a fork."""

    __slots__ = ("accepts", "asserts", "out")

    def __init__(self, out: list[_Node], accepts: Accepts | None = None, asserts: str = "") -> None:
        self.out = out
        self.accepts = accepts
        self.asserts = asserts


class _Part(NamedTuple):
    """A piece of automaton: its first node, and the nodes whose `out` still wants the next."""

    first: _Node
    loose: list[_Node]


class _Reader:
    """Reads a pattern into an automaton, by recursive descent."""

    def __init__(self, pattern: str, insensitive: bool) -> None:
        self.pattern = pattern
        self.place = 0
        self.insensitive = insensitive
        self.nodes = 0

    def whole(self) -> _Part:
        part = self.alternatives(0)
        if self.place < len(self.pattern):
            raise self.error("unbalanced ')'")
        return part

    def error(self, problem: str) -> BadPattern:
        return BadPattern(f"{problem} at character {self.place + 1} of the pattern {self.pattern!r}")

    def peek(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def take(self) -> str:
        if self.place >= len(self.pattern):
            raise self.error("the pattern ends too early")
        self.place += 1
        return self.pattern[self.place - 1]

    def node(self, out: list[_Node], accepts: Accepts | None = None, asserts: str = "") -> _Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise BadPattern(f"the pattern {self.pattern[:40]!r} is too large")
        return _Node(out, accepts, asserts)

    def alternatives(self, depth: int) -> _Part:
        if depth > 50:
            raise self.error("groups nested too deeply")
        parts = [self.sequence(depth)]
        while self.peek() == "|":
            self.place += 1
            parts.append(self.sequence(depth))
        if len(parts) == 1:
            return parts[0]
        return _Part(self.node([part.first for part in parts]), [end for part in parts for end in part.loose])

    def sequence(self, depth: int) -> _Part:
        start = self.node([])
        whole = _Part(start, [start])
        while self.peek() not in ("", "|", ")"):
            whole = _joined(whole, self.repeated(depth))
        return whole

    def repeated(self, depth: int) -> _Part:
        begun = self.place
        part = self.atom(depth)
        while (mark := self.peek()) and (
            mark in "*+?" or (mark == "{" and self.pattern[self.place + 1 :][:1].isdigit())
        ):
            ended = self.place
            self.place += 1
            least, most = self.bounds() if mark == "{" else {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
            if self.peek() == "?":  # lazy: finds the same texts
                self.place += 1
            part = self.times(part, begun, ended, depth, least, most)
        return part

    def bounds(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.place)
        low, comma, high = self.pattern[self.place : max(end, self.place)].partition(",")
        if end < 0 or not low.isdigit() or not (high == "" or high.isdigit()):
            raise self.error("a repetition is {m}, {m,} or {m,n}")
        least, most = int(low), int(high) if high else None if comma else int(low)
        if max(least, most or 0) > 255 or (most is not None and most < least):
            raise self.error("a repetition counts to 255 at most, the smaller number first")
        self.place = end + 1
        return least, most

    def times(self, part: _Part, begun: int, ended: int, depth: int, least: int, most: int | None) -> _Part:
        """Repeat what the pattern says between two places; every copy is read anew."""
        after = self.place

        def copy() -> _Part:
            self.place = begun
            again = self.atom(depth)
            while self.place < ended:  # repetitions of repetitions, such as (a+)*
                again = self._once_more(again, begun, depth)
            return again

        start = self.node([])
        whole = _Part(start, [start])
        unused: _Part | None = part
        for _ in range(least):
            whole, unused = _joined(whole, unused or copy()), None
        if most is None:
            loop = unused or copy()
            fork = self.node([loop.first])
            for end in loop.loose:
                end.out.append(fork)
            whole = _joined(whole, _Part(fork, [fork]))
        else:
            for _ in range(most - least):
                once, unused = unused or copy(), None
                fork = self.node([once.first])
                whole = _joined(whole, _Part(fork, [fork, *once.loose]))
        self.place = after
        return whole

    def _once_more(self, part: _Part, begun: int, depth: int) -> _Part:
        ended = self.place
        mark = self.take()
        least, most = self.bounds() if mark == "{" else {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        if self.peek() == "?":
            self.place += 1
        return self.times(part, begun, ended, depth, least, most)

    def atom(self, depth: int) -> _Part:
        mark = self.take()
        if mark == "(":
            if self.peek() == "?":
                self.place += 1
                if self.take() != ":":
                    raise self.error("of the groups (?…) only (?:…) is known")
            part = self.alternatives(depth + 1)
            if self.peek() != ")":
                raise self.error("a group is not closed")
            self.place += 1
            return part
        if mark in "*+?":
            raise self.error("nothing to repeat")
        if mark in "^$":
            return self.single(asserts=mark)
        if mark == ".":
            return self.single(accepts=lambda c: True)
        if mark == "[":
            return self.single(accepts=self.bracket())
        if mark == "\\":
            return self.escape()
        return self.single(accepts=self.literal(mark))

    def single(self, accepts: Accepts | None = None, asserts: str = "") -> _Part:
        node = self.node([], accepts, asserts)
        return _Part(node, [node])

    def literal(self, character: str) -> Accepts:
        return self.folded(lambda c: c == character)

    def folded(self, accepts: Accepts) -> Accepts:
        return (lambda c: accepts(c) or accepts(c.lower()) or accepts(c.upper())) if self.insensitive else accepts

    def escape(self) -> _Part:
        mark = self.take()
        if f"\\{mark}" in _ASSERTIONS:
            return self.single(asserts=f"\\{mark}")
        if mark.isdigit():
            raise self.error("a reference back to a group is not possible here")
        return self.single(accepts=_escaped(mark) or self.literal(_CONTROL.get(mark, mark)))

    def bracket(self) -> Accepts:
        inverted = self.peek() == "^"
        self.place += inverted
        members: list[Accepts] = []
        first = True
        while first or self.peek() != "]":
            first = False
            if self.pattern.startswith("[:", self.place):
                name = self.pattern[self.place + 2 : max(self.pattern.find(":]", self.place), self.place + 2)]
                if name not in _CLASSES:
                    raise self.error(f"no class of characters [:{name}:]")
                self.place += len(name) + 4
                members.append(_CLASSES[name])
                continue
            low = self.take()
            if low == "\\":
                mark = self.take()
                if accepts := _escaped(mark):
                    members.append(accepts)
                    continue
                low = _CONTROL.get(mark, mark)
            if self.peek() == "-" and self.pattern[self.place + 1 : self.place + 2] not in ("]", ""):
                self.place += 1
                high = self.take()
                high = self.take() if high == "\\" else high
                if high < low:
                    raise self.error(f"the range {low}-{high} is empty")
                members.append(lambda c, low=low, high=high: low <= c <= high)  # type: ignore[misc]
            else:
                members.append(lambda c, low=low: c == low)  # type: ignore[misc]
        self.place += 1
        inside = self.folded(lambda c: any(accepts(c) for accepts in members))
        return (lambda c: not inside(c)) if inverted else inside


def _escaped(mark: str) -> Accepts | None:
    name = _ESCAPED.get(mark.lower())
    if name is None:
        return None
    accepts = _CLASSES[name]
    return accepts if mark.islower() else lambda c: not accepts(c)


def _joined(first: _Part, second: _Part) -> _Part:
    for end in first.loose:
        end.out.append(second.first)
    return _Part(first.first, second.loose)


class _State(dict[str, "_State"]):
    """A deterministic state: the next state by character, worked out when first asked for."""

    def __init__(self, machine: Regex, nodes: frozenset[_Node], before: str) -> None:
        super().__init__()
        self.machine = machine
        self.nodes = nodes
        self.before = before

    def __missing__(self, character: str) -> _State:
        state = self.machine.step(self, character)
        self[character] = state
        return state


class Regex:
    """A pattern ready to be searched for. Raises BadPattern."""

    def __init__(self, pattern: str, insensitive: bool = False) -> None:
        part = _Reader(pattern, insensitive).whole()
        self._end = _Node([])
        for loose in part.loose:
            loose.out.append(self._end)
        self._first = part.first
        self._forget()

    def _forget(self) -> None:
        self._states: dict[tuple[frozenset[_Node], str], _State] = {}
        self._steps = 0
        self._found = _State(self, frozenset(), "")
        self._start = _State(self, frozenset({self._first}), "")

    def search(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text."""
        state, found = self._start, self._found
        for character in text:
            state = state[character]
            if state is found:
                return True
        return self._end in self._reached(state, "")

    def step(self, state: _State, character: str) -> _State:
        """Return the state behind a character."""
        reached = self._reached(state, character)
        if self._end in reached:
            return self._found
        if self._steps > MAX_REMEMBERED:
            found = self._found
            self._forget()
            self._found = found  # a search that is under way compares with it
        self._steps += 1
        nodes = {self._first}
        for node in reached:
            if node.accepts and node.accepts(character):
                nodes.update(node.out)
        key = (frozenset(nodes), "a" if _word(character) else " ")
        known = self._states.get(key)
        if known is None:
            known = self._states[key] = _State(self, *key)
        return known

    def _reached(self, state: _State, after: str) -> set[_Node]:
        """All nodes reached without a character, where `after` comes next."""
        reached: set[_Node] = set()
        waiting = list(state.nodes)
        while waiting:
            node = waiting.pop()
            if node in reached:
                continue
            reached.add(node)
            if node.accepts is None and (not node.asserts or _ASSERTIONS[node.asserts](state.before, after)):
                waiting.extend(node.out)
        return reached


@lru_cache(maxsize=64)
def compiled(pattern: str, insensitive: bool = False) -> Regex:
    """Return a pattern ready to be searched for, remembered. Raises BadPattern."""
    return Regex(pattern, insensitive)
