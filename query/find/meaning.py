"""From the text of a question to its meaning: the parts put together for one view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..filters import MOST_ITEMS
from .clauses import AllOf, AnyOf, Belongs, Clause, Compare, Count, Not, Noun, Order, Part, Present, Unknown
from .columns import ONLY_OBSERVATIONS
from .elsewhere import elsewhere
from .nearest import suggestions
from .parsing import parse
from .resolving import Item, Unanswerable, group, measure, negated, resolve
from .scanning import scan
from .settling import settle
from .spans import Calendar
from .trouble import Trouble
from .understanding import METRICS, Understanding
from .word import Quantity, Word

MOST = 1000
"""Rows that a question may ask for."""
NOTHING = "nothing in it is understood"
TRY = 'try: traces with latency > 5s from yesterday, or a text in "quotation marks"'
ASKS_METRICS = frozenset({"AGGREGATE", "PER"})


def mean(text: str, now: datetime, view: str | None) -> Understanding:
    """Return what a question means; see `understanding.understand`. Raises Trouble."""
    calendar = Calendar(now)
    settled = settle(list(scan(text, calendar)), text)
    parsed = parse(settled.words, calendar)
    meaning = _Meaning(_view(parsed.parts) or view or _usual_view(parsed.parts))
    for word in parsed.dropped:
        total = word.kind == "MEASURE" and word.text.lower().startswith("total")
        meaning.leave_out(word, total or word.kind in ASKS_METRICS)
    for place, part in enumerate(parsed.parts):
        meaning.take(part, first=place == 0)
    if len(meaning.items) > MOST_ITEMS:
        raise Trouble(f"a question has at most {MOST_ITEMS} conditions, this one has {len(meaning.items)}", "")
    hints = [f"{METRICS}." if meaning.metric else "", *meaning.hints, *suggestions(settled.words)]
    hints = [hint for hint in hints if hint]
    if not meaning.says_something():
        raise Trouble(" ".join(hints) if meaning.metric else f"{NOTHING}; {' '.join(hints) or TRY}", text.strip())
    return Understanding(
        meaning.view,
        meaning.items,
        meaning.order,
        1 if meaning.limit is None and meaning.single and meaning.best else meaning.limit,
        _fragments(text, meaning.unknown, settled.fillers),
        " ".join(hints),
    )


class _Meaning:
    """What a question is known to mean so far, and the words that say nothing."""

    def __init__(self, view: str) -> None:
        self.view = view
        self.items: list[Item] = []
        self.order: tuple[str, bool] | None = None
        self.limit: int | None = None
        self.unknown: list[Word] = []
        self.metric = False
        self.hints: list[str] = []
        self.named = self.single = self.best = False  # the view is named, as one ("the slowest trace"), with a best

    def says_something(self) -> bool:
        return bool(self.items or self.order or self.limit or self.named)

    def leave_out(self, word: Word, metric: bool = False) -> None:
        self.unknown.append(word)
        self.metric = self.metric or metric

    def take(self, part: Part, first: bool) -> None:
        match part:
            case Noun():
                self._take_noun(part)
            case Order():
                self._take_order(part)
            case Count():
                self._take_count(part, first)
            case _:
                item = self._item(part)
                if item is not None:
                    self.items.extend(item["items"] if item["type"] == "and" else [item])

    def _take_noun(self, noun: Noun) -> None:
        """A second noun says that a trace has a user, or nothing that is known."""
        if noun.view == self.view:
            if len(noun.types) == 1:
                self.items.append({"type": "string", "column": "type", "operator": "=", "value": noun.types[0]})
            elif noun.types:
                several = {"type": "stringOptions", "column": "type", "operator": "any of", "value": [*noun.types]}
                self.items.append(several)
            self.single = noun.single and not self.named
            self.named = True
        elif noun.word.kind in ("USER", "SESSION"):
            self.take(Present(noun.view.removesuffix("s"), noun.word), first=False)
        else:
            self.leave_out(noun.word)

    def _take_count(self, count: Count, first: bool) -> None:
        """ "10 traces" asks for as many, and so does "10 failed traces"; "sessions with 10 traces" does not."""
        if count.noun is None:
            limits = first and count.number.unit == "number"
        elif isinstance(count.noun, Noun):
            limits = count.noun.view == self.view
        else:
            limits = not self.named
        if count.number.unit != "number" and limits:  # "30 second sessions"
            limits, first = False, False
            self.take(Compare("", "=", count.number, count.word), first)
            if count.noun:
                self.take(count.noun, first)
            return
        rows = count.number.amount.is_integer() and count.number.amount >= 0
        if not limits or (count.noun is None and not rows):
            self.take(count.clause, first)
            return
        self._set_limit(count.number, count.word)
        if count.noun:
            self.take(count.noun, first)

    def _take_order(self, order: Order) -> None:
        column = measure(self.view, order.measure)
        again = column is not None and self.order is not None and column == self.order[0] and order.best
        if order.measure and (column is None or (self.order and not again)):  # "sorted by cost, cheapest first"
            self.leave_out(order.word)
            return
        if column:
            self.order, self.best = (column, order.descending), order.best
        if order.limit:
            self._set_limit(order.limit, order.word)

    def _set_limit(self, quantity: Quantity, word: Word) -> None:
        if self.limit is not None:
            self.leave_out(word)
        elif quantity.unit == "number" and quantity.amount.is_integer() and 1 <= quantity.amount <= MOST:
            self.limit = int(quantity.amount)
        else:
            raise Trouble(f"from 1 to {MOST} rows may be asked for", word)

    def _item(self, clause: Clause) -> Item | None:
        """Return a clause as a filter item, without the parts that say nothing, which are noted; None without any."""
        match clause:
            case Unknown(word, metric):
                self.leave_out(word, metric)
                return None
            case Not(inner, word):
                item = self._item(inner)
                if item is None:
                    self.leave_out(word)
                return None if item is None else negated(item)
            case AllOf(clauses) | AnyOf(clauses):
                items = [item for one in clauses if (item := self._item(one)) is not None]
                return group("and" if isinstance(clause, AllOf) else "or", items) if items else None
        found = resolve(self.view, clause)
        if isinstance(found, Unanswerable):
            self.leave_out(found.word)
            if (hint := elsewhere(self.view, clause)) and hint not in self.hints:
                self.hints.append(hint)
            return None
        return found


def _view(parts: list[Part]) -> str:
    """Return the view that is named first, "" where none is."""
    for part in parts:
        noun = part.noun if isinstance(part, Count) else part
        if isinstance(noun, Noun):
            return noun.view
    return ""


def _usual_view(parts: list[Part]) -> str:
    """Return the view that is asked where none is named: traces, or observations where only they have an answer."""
    asked = {
        clause.field if isinstance(clause, Belongs) else clause.measure
        for clause in _leaves(parts)
        if isinstance(clause, Belongs | Compare)
    }
    return "observations" if asked & ONLY_OBSERVATIONS else "traces"


def _leaves(parts: list[Part]) -> Iterator[Part]:
    for part in parts:
        match part:
            case AllOf(clauses) | AnyOf(clauses):
                yield from _leaves(list(clauses))
            case Not(inner, _):
                yield from _leaves([inner])
            case _:
                yield part


def _fragments(text: str, unknown: list[Word], fillers: list[Word]) -> list[str]:
    """Return the texts of words, those with nothing but spaces and fillers between them as one."""
    marks = [" " if letter.isspace() else "." for letter in text]
    for words, mark in ((fillers, " "), (unknown, "?")):
        for word in words:
            marks[word.start : word.end] = mark * (word.end - word.start)
    runs = "".join(marks).split(".")
    fragments, place = [], 0
    for run in runs:
        first, last = run.find("?"), run.rfind("?")
        if first >= 0:
            fragments.append(text[place + first : place + last + 1].strip())
        place += len(run) + 1
    return fragments
