"""From the tree of the grammar to the parts of a question: one method for each rule that has a name.

The docstring of a method is an example of what it reads. `parts` are tokens, and what other rules gave.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

from lark import Token, Transformer

from . import quantities
from .clauses import AllOf, AnyOf, Belongs, Clause, Count, During, Not, Noun, Order, Part, Present, State, Unknown
from .lexicon import ENVIRONMENTS, Adjective
from .members import Member
from .operators import operator
from .pieces import (
    TEXT_SIGNS,
    Bound,
    as_clause,
    belonging,
    bound_by,
    carried,
    comparing,
    field_of,
    flat,
    has_unit,
    keyed,
    keyed_texts,
    looks_like,
    members,
    name_of,
    noun_of,
    origin_of,
    part_sign,
    said,
    sign_of,
    span,
    state_of,
    text_sign,
)
from .spans import Calendar, Range
from .word import Quantity, Values

OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}


class Reading(Transformer[Token, Any]):
    """Makes the parts of a question: nouns, counts, orders and clauses."""

    def __init__(self, calendar: Calendar) -> None:
        super().__init__()
        self._calendar = calendar

    # Between clauses ------------------------------------------------------------------------------------------------

    def start(self, parts: list[Part]) -> list[Part]:
        """Traces by alice with errors."""
        return flat(parts)

    def inside(self, parts: list[Any]) -> Clause:
        """(failed or slower than 5s)"""
        inner = [as_clause(part) for part in flat(parts[1:-1])]
        if not inner:
            return Unknown(span(parts))
        return inner[0] if len(inner) == 1 else AllOf(tuple(inner))

    def any(self, parts: list[Any]) -> AnyOf:
        """By alice or failed."""
        return AnyOf(carried([as_clause(part) for part in parts if not isinstance(part, Token)]))

    def all(self, parts: list[Any]) -> AllOf:
        """By alice and failed."""
        return AllOf(carried([as_clause(part) for part in parts if not isinstance(part, Token)]))

    def negated(self, parts: list[Any]) -> Clause:
        """Not by alice."""
        clause = as_clause(parts[1])
        if isinstance(clause, Unknown):
            return Unknown(said(parts[0]).to(clause.word), clause.metric)
        if isinstance(clause, Belongs) and clause.word.kind != "OPERATOR":
            clause = replace(clause, every=False)  # "without tags a and b" has neither
        return Not(clause, said(parts[0]))

    def lacking(self, parts: list[Token]) -> Clause:
        """Without a user."""
        return Not(Present(field_of(said(parts[1])), span(parts)), said(parts[0]))

    # What is looked for, and in which order -------------------------------------------------------------------------

    def noun(self, parts: list[Token]) -> Noun:
        """Generations."""
        return noun_of(said(parts[0]))

    def first(self, parts: list[Token]) -> Order:
        """Top 5 most expensive."""
        words = [said(part) for part in parts]
        limit = next((cast(Quantity, word.value) for word in words if word.kind == "QUANTITY"), None)
        measure = next((str(word.value) for word in words if word.kind in ("MEASURE", "COUNTED", "NOUN")), "")
        more = True
        for word in words:
            if word.kind == "EXTREME":
                more = bool(word.value)
            elif word.kind == "SUPERLATIVE":
                adjective = cast(Adjective, word.value)
                measure, more = measure or adjective.measure, adjective.more
        return Order(measure, more, limit, True, span(parts))

    def sorted(self, parts: list[Token]) -> Order:
        """Sorted by cost ascending."""
        descending = said(parts[-1]).value is not False
        return Order(str(said(parts[1]).value), descending, None, False, span(parts))

    def metric(self, parts: list[Any]) -> Clause:
        """Average cost per user."""
        return Unknown(span(parts), metric=True)

    # Comparisons ----------------------------------------------------------------------------------------------------

    def compared(self, parts: list[Token]) -> Bound:
        """> 5s"""
        sign = said(parts[0])
        return bound_by(parts, "=" if sign.kind == "QUANTITY" else str(sign.value))

    def opposite(self, parts: list[Token]) -> Bound:
        """Is not over 5s."""
        return bound_by(parts, OPPOSITE[str(said(parts[1]).value)])

    def between(self, parts: list[Token]) -> Bound:
        """Between 1 and 5s: the unit is that of both."""
        low, high = (said(part) for part in parts if said(part).kind == "QUANTITY")
        first, last = cast(Quantity, low.value), cast(Quantity, high.value)
        if first.unit == "number" and last.unit != "number":
            first = Quantity(last.unit, first.amount * quantities.scale(high.text))
        return Bound(((">=", first), ("<=", last)), span(parts))

    def reaching(self, parts: list[Token]) -> Bound:
        """5 or more."""
        sign, quantity = (
            str(said(parts[-1]).value),
            next(said(part) for part in parts if said(part).kind == "QUANTITY"),
        )
        return Bound(((sign, cast(Quantity, quantity.value)),), span(parts))

    def plain(self, parts: list[Token]) -> Bound:
        """5"""
        return bound_by(parts, "=")._replace(plain=True)

    def measure(self, parts: list[Any]) -> Clause:
        """Cost > $1."""
        return comparing(str(said(parts[0]).value), parts[1], span(parts))

    def measure_from(self, parts: list[Token]) -> Clause:
        """Latency from 1s to 5s."""
        return comparing(str(said(parts[0]).value), self.between(parts), span(parts))

    def than(self, parts: list[Token]) -> Clause:
        """Slower than 5s."""
        adjective = cast(Adjective, said(parts[-2]).value)
        verb = len(parts) > 2 and said(parts[0]).text.lower() in ("took", "taking", "takes", "take")
        measure = str(said(parts[0]).value) if len(parts) > 2 and not verb else adjective.measure
        sign = (">" if adjective.more else "<") + ("=" if adjective.reaching else "")
        return comparing(measure, bound_by(parts, sign), span(parts))

    def implied(self, parts: list[Any]) -> Clause | Count:
        """More than 3 traces; over $1; 10 failed ones: a number alone waits for what follows."""
        bound, words = cast(Bound, parts[0]), span(parts)
        if len(parts) == 1:
            if bound.plain:
                return Count(bound.compared[0][1], None, Unknown(words), words)
            return comparing("", bound, words)
        counted = said(parts[1])
        clause: Clause = Unknown(words) if counted.kind == "KIND" else comparing(str(counted.value), bound, words)
        if not bound.plain or counted.kind == "MEASURE" or counted.value == "tokens":
            return clause
        noun = State(str(counted.value), counted) if counted.kind == "COUNTED" else noun_of(counted)
        return Count(bound.compared[0][1], noun, clause, words)

    # Scores and metadata --------------------------------------------------------------------------------------------

    def score(self, parts: list[Any]) -> Clause:
        """Relevance score < 0.5."""
        return keyed(("scores",), name_of(parts[:2]), parts[2], span(parts))

    def score_is(self, parts: list[Token]) -> Clause:
        """Sentiment score is positive."""
        return keyed_texts(("scores",), name_of(parts[:2]), sign_of(parts), parts[-1], span(parts))

    def scored_at_all(self, parts: list[Token]) -> Clause:
        """With a relevance score."""
        return Present("score", span(parts), str(name_of(parts[:2]).value))

    def unscored(self, parts: list[Token]) -> Clause:
        """Relevance score is missing."""
        return Not(self.scored_at_all(parts), span(parts))

    def scored(self, parts: list[Any]) -> Clause:
        """Scored below 0.5 on relevance."""
        if str(said(parts[3]).value).lower() in ENVIRONMENTS:
            return Unknown(span(parts))
        return keyed(("scores",), said(parts[3]), parts[1], span(parts))

    def scored_as(self, parts: list[Token]) -> Clause:
        """Rated good for tone."""
        return keyed_texts(("scores",), said(parts[3]), "=", parts[1], span(parts))

    def metadata(self, parts: list[Token]) -> Clause:
        """Plan is pro."""
        sign = text_sign(parts) if any(said(part).kind in TEXT_SIGNS for part in parts) else sign_of(parts)
        return keyed_texts(("metadata",), name_of(parts), sign, parts[-1], span(parts))

    def metadata_number(self, parts: list[Any]) -> Clause:
        """agent_count > 5: without the word "metadata" it may be a score."""
        explicit = isinstance(parts[0], Token) and said(parts[0]).kind == "METADATA"
        return keyed(("metadata",) if explicit else ("scores", "metadata"), name_of(parts[:-1]), parts[-1], span(parts))

    # Fields ---------------------------------------------------------------------------------------------------------

    def during(self, parts: list[Token]) -> Clause:
        """Started yesterday."""
        what = cast('Literal["started", "ended"]', said(parts[0]).value) if len(parts) > 1 else "active"
        return During(cast(Range, said(parts[-1]).value), what, span(parts))

    def state(self, parts: list[Token]) -> Clause:
        """With errors or warnings."""
        word = said(parts[0])
        if isinstance(word.value, Values):
            states = tuple(state_of(value, word) for value in word.value.values)
            return AllOf(states) if word.value.every else AnyOf(states)
        return state_of(str(word.value or word.kind.lower()), word)

    def succeeded(self, parts: list[Token]) -> Clause:
        """Successful."""
        return Not(State("errors", said(parts[0])), said(parts[0]))

    def missing(self, parts: list[Token]) -> Clause:
        """Empty output; anonymous."""
        fields = [field_of(said(part)) for part in parts if said(part).kind != "MISSING"]
        return Not(Present(fields[0], span(parts)), span(parts))

    def held(self, parts: list[Token]) -> Clause:
        """With a tag."""
        return Present(field_of(said(parts[0])), span(parts))

    def object(self, parts: list[Token]) -> Clause:
        """Metadata {"plan": "pro"}."""
        clause = members(cast(tuple[Member, ...], said(parts[-1]).value), span(parts))
        return Not(clause, span(parts)) if sign_of(parts) == "<>" else clause

    def present(self, parts: list[Token]) -> Clause:
        """With metadata plan."""
        return Present("metadata", span(parts), str(said(parts[1]).value))

    def absent(self, parts: list[Token]) -> Clause:
        """Metadata plan is not set."""
        return Not(self.present(parts), span(parts))

    def user(self, parts: list[Token]) -> Clause:
        """By alice; alice's: a model or an environment is no user, whatever stands before it."""
        if said(parts[0]).kind in ("BY", "FOR", "DID") and len(parts) == 2:
            return origin_of(parts)
        return belonging("user", parts, sign=text_sign(parts))

    def origin(self, parts: list[Token]) -> Clause:
        """From alice; from production."""
        return origin_of(parts)

    def session(self, parts: list[Token]) -> Clause:
        """In session chat-7."""
        return belonging("session", parts, sign=text_sign(parts))

    def trace(self, parts: list[Token]) -> Clause:
        """In trace 4bf92f3577b34da6a3ce929d0e0e4736."""
        return belonging("trace", parts, sign=text_sign(parts))

    def id(self, parts: list[Token]) -> Clause:
        """With id chat-7."""
        return belonging("id", parts, sign=text_sign(parts))

    def environment(self, parts: list[Token]) -> Clause:
        """In production; on gpt-4o."""
        value = parts[-2] if said(parts[-1]).kind == "ENVIRONMENT" else parts[-1]
        field = "environment" if len(parts) > 2 or said(parts[0]).kind != "IN" else looks_like(value) or "environment"
        if has_unit(value):
            return Unknown(span(parts))
        return belonging(field, parts, value, part_sign(parts))

    def tag(self, parts: list[Token]) -> Clause:
        """Tagged beta; "tags contain beta" is that too."""
        return belonging("tag", parts, sign=part_sign(parts))

    def name(self, parts: list[Token]) -> Clause:
        """Named checkout."""
        return belonging("name", parts, sign=text_sign(parts))

    def model(self, parts: list[Token]) -> Clause:
        """Using gpt-4o."""
        return belonging("model", parts, sign=text_sign(parts))

    def version(self, parts: list[Token]) -> Clause:
        """Version 1.2."""
        return belonging("version", parts, sign=text_sign(parts))

    def release(self, parts: list[Token]) -> Clause:
        """Release v2."""
        return belonging("release", parts, sign=text_sign(parts))

    def prompt(self, parts: list[Token]) -> Clause:
        """Prompt greeting."""
        return belonging("prompt", parts)

    def level(self, parts: list[Token]) -> Clause:
        """Level warning."""
        value = parts[0] if said(parts[-1]).kind == "LEVEL" else parts[-1]
        return belonging("level", parts, value)

    def type(self, parts: list[Token]) -> Clause:
        """Of type tool."""
        return belonging("type", parts)

    def text(self, parts: list[Token]) -> Clause:
        """Containing refund policy."""
        return belonging("text", parts, sign="contains")

    def textual(self, parts: list[Token]) -> Clause:
        """Output contains sorry."""
        return belonging(str(said(parts[0]).value), parts, sign=text_sign(parts))

    def operator(self, parts: list[Token]) -> Clause | Order:
        """cost:>1"""
        return operator(said(parts[0]), self._calendar)

    def unknown(self, parts: list[Token]) -> Clause:
        """Staging; gpt-4o; purple, which is unknown."""
        field = looks_like(parts[0])
        return belonging(field, parts) if field else Unknown(said(parts[0]))
