"""A Postgres question as a tree: sqlglot's parser, with every function left under its own name."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.parser import Parser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import Token, TokenType

from ...errors import BadQuery
from .pointing import refusal

MAX_NESTED = 30
"""Brackets inside brackets."""
MAX_TYPED = 6
"""Brackets inside brackets behind a type's name, and square ones: each doubles the time that sqlglot takes to read."""
READ_ONLY = "only one SELECT (or WITH … SELECT) is allowed"


def _raw(kind: type[exp.Expr]) -> Callable[[Parser, exp.Expr, exp.Expr], exp.Expr]:
    return lambda self, this, argument: self.expression(kind(this=this, expression=argument))


class _Parser(PostgresParser):
    FUNCTIONS = {}  # noqa: RUF012
    FUNCTION_PARSERS = {  # noqa: RUF012
        name: parser
        for name, parser in PostgresParser.FUNCTION_PARSERS.items()
        if name in ("CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")
    }
    NO_PAREN_FUNCTION_PARSERS = {  # noqa: RUF012
        name: parser for name, parser in PostgresParser.NO_PAREN_FUNCTION_PARSERS.items() if name in ("ANY", "CASE")
    }
    LAMBDAS = {  # noqa: RUF012  (in `f(a -> 'b')` the arrow is JSON's)
        TokenType.FARROW: PostgresParser.LAMBDAS[TokenType.FARROW]
    }
    JSON_OPERATORS = {  # noqa: RUF012
        TokenType.ARROW: _raw(exp.JSONExtract),
        TokenType.DARROW: _raw(exp.JSONExtractScalar),
        TokenType.HASH_ARROW: _raw(exp.JSONBExtract),
        TokenType.DHASH_ARROW: _raw(exp.JSONBExtractScalar),
        TokenType.PLACEHOLDER: _raw(exp.JSONBContainsTopKey),
    }


class PostgresQuestions(Postgres):
    """Postgres, read for questions only."""

    Parser = _Parser


def parse(query: str) -> exp.Expr:
    """Return the tree of the one SELECT in a query. Raises BadQuery with line and column."""
    dialect = PostgresQuestions()
    try:
        tokens = dialect.tokenize(query)
    except TokenError as error:
        raise _unfinished(query) from error
    _check(query, tokens)
    try:
        statements = [tree for tree in dialect.parser().parse(tokens, query) if tree is not None]
    except ParseError as error:
        raise _broken(query, error) from error
    except RecursionError:
        raise BadQuery("the query is nested too deeply; ask for less at a time") from None
    if not statements:
        raise BadQuery("the query is empty; write a SELECT")
    if len(statements) > 1:
        semicolon = next(token for token in tokens if token.token_type == TokenType.SEMICOLON)
        raise refusal(query, semicolon.start, "one statement at a time")
    tree = statements[0]
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery | exp.Values):
        raise refusal(query, tokens[0].start, f"{tokens[0].text.upper()} is no question", READ_ONLY)
    return tree


def _check(query: str, tokens: list[Token]) -> None:
    """Refuse what is no question, and brackets that do not match or go too deep."""
    if not tokens:
        raise BadQuery("the query is empty; write a SELECT")
    first = tokens[0]
    if first.text.upper() not in ("SELECT", "WITH", "VALUES", "TABLE", "(", ";"):
        raise refusal(query, first.start, f"{first.text.upper()[:40]!r} begins no question", READ_ONLY)
    nested: list[tuple[int, bool]] = []
    before = first
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
            typed = token.token_type == TokenType.L_BRACKET or before.token_type in _Parser.TYPE_TOKENS
            nested.append((token.start, typed))
            if len(nested) > MAX_NESTED or (typed and sum(one for _, one in nested) > MAX_TYPED):
                raise refusal(query, token.start, "too many brackets inside each other")
        elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET):
            if not nested:
                raise refusal(query, token.start, f"{token.text!r} closes nothing")
            nested.pop()
        before = token
    if nested:
        raise refusal(query, nested[-1][0], "this bracket is never closed")


def _unfinished(query: str) -> BadQuery:
    """A text or a name in quotes that never ends: point at its beginning."""
    place = 0
    while place < len(query):
        character = query[place]
        if character in "'\"":
            end = query.find(character, place + 1)
            if end < 0:
                return refusal(
                    query, place, f"the {'text' if character == chr(39) else 'name'} that begins here never ends"
                )
            place = end
        elif query.startswith("--", place):
            end = query.find("\n", place)
            place = len(query) if end < 0 else end
        elif query.startswith("/*", place):
            end = query.find("*/", place)
            if end < 0:
                return refusal(query, place, "the comment that begins here never ends")
            place = end + 1
        place += 1
    return BadQuery("the query cannot be read: something in quotes never ends")


def _broken(query: str, error: ParseError) -> BadQuery:
    found = error.errors[0]
    before, word = found.get("start_context") or "", found.get("highlight") or ""
    line, column = int(found.get("line") or 1), int(found.get("col") or 1)
    starts = [0]
    for place, character in enumerate(query):
        if character == "\n":
            starts.append(place + 1)
    offset = starts[min(line, len(starts)) - 1] + max(column - len(word), 0)
    if query[offset : offset + len(word)] != word and before:
        offset = query.find(before + word) + len(before)
    said = str(found.get("description") or "")
    if "SENTINEL" in said or not query[offset + len(word) :].strip(" ;\n"):
        problem = f"the query ends too early, after {word!r}"
    elif said.startswith("Expected table name"):
        problem = f"expected the name of a view, not {word!r}"
    elif "<class" in said:
        problem = f"something is missing at {word!r}"
    elif said.startswith(("Invalid expression", "Failed")):
        problem = f"unexpected {word!r}"
    else:
        problem = f"{said[:1].lower()}{said[1:]}, at {word!r}"
    return refusal(query, offset, f"broken SQL: {problem}")
