"""Checked values in the bodies of writes (reference: langfuse.md, sections 1.8 and 5), and bodies read generously.

What clients send is JSON by Python or JavaScript, which may hold what JSON forbids and no store keeps: NaN, halves of
surrogate pairs, integers of any length. One such value must cost its own item, not the batch around it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator
from pydantic.alias_generators import to_camel

from ..errors import UndecodableBody
from ..mapping.observation import Json
from ..mapping.settling import LAST_INSTANT
from ..mapping.values import count, instant, nano_dollars, plain

LONGEST_ID = 800
LONGEST_NAME = 1000
DEEPEST = 128
"""Levels of nesting in one item; what a request in OTLP/JSON may have."""
LONGEST_INTEGER = 4300
"""Digits that Python reads; what is longer is as good as infinite."""
LARGEST_LENIENT = 4 * 2**20
"""Bytes of a body that is read by the slow parser, which holds everybody else up: 0.1 s for each MiB at worst."""
INTEGERS = range(-(2**63), 2**64)
"""The integers that JSON readers and writers of other languages hold exactly; a longer one is kept as its digits."""

ENVIRONMENT = re.compile("(?!langfuse)[a-z0-9_-]{1,40}")

_DIGITS = bytes(48 if 48 <= byte <= 57 else 45 if byte == 45 else 32 for byte in range(256))
_LONG_NUMBERS = (b"0" * 20, b"-" + b"0" * 19)
"""A body with all its digits made 0 has one of these where it has an integer beyond 64 bits: a tenth of what it costs
to look for them with a regular expression."""

UNCHECKED = WrapValidator(lambda value, _: value)
"""Takes any value: for items that are checked one by one, so that a bad one does not cost the others."""


class Body(BaseModel):
    """A body or a part of one, by camelCase names; what it does not name is ignored, as Langfuse does."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True, defer_build=True)


def loads(body: bytes) -> Any:
    """Return what a JSON text says, with integers of any length, NaN, infinities and lone surrogates as they stand.

    Raises UndecodableBody for what is no JSON even so, and for one of more than `LARGEST_LENIENT` that has such values.
    """
    problem: object = "it has integers beyond 64 bits"
    digits = body.translate(_DIGITS)
    if not any(long in digits for long in _LONG_NUMBERS):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            problem = error  # read again by the parser that takes more, and says better what is wrong
    if len(body) > LARGEST_LENIENT:
        raise UndecodableBody(f"the body is not strict JSON, which it must be above {LARGEST_LENIENT} bytes: {problem}")
    try:
        return json.loads(body, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        problem = "nested too deep" if isinstance(error, RecursionError) else error
        raise UndecodableBody(f"the body is not JSON: {problem}") from None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def said(model: BaseModel) -> dict[str, Json]:
    """Return the fields of a model that were given, by their names on the wire and in a fixed order."""
    return {
        info.alias or name: value
        for name, info in type(model).model_fields.items()
        if name in model.model_fields_set and (value := getattr(model, name)) is not None
    }


def _unicode(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"has half of a surrogate pair at character {error.start}, which is no text") from None
    return value


def word(value: str) -> str:
    """Return text that any store can hold. Raises ValueError for a NUL character or a lone surrogate."""
    if "\0" in value:
        raise ValueError("has a NUL character")
    return _unicode(value)


def _id(value: str) -> str:
    if "\r" in value:
        raise ValueError("has a carriage return")
    return word(value)


def free(value: Any) -> Json:
    """Return any JSON as it can be stored: NaN, infinities and integers beyond 64 bits as text.

    Raises ValueError for a lone surrogate, and for more levels than `DEEPEST`.
    """
    return _free(value, DEEPEST)


def _free(value: Any, levels: int) -> Json:
    if isinstance(value, str):
        return _unicode(value)
    if isinstance(value, dict | list):
        if levels == 0:
            raise ValueError(f"is nested more than {DEEPEST} levels deep")
        if isinstance(value, list):
            return [_free(member, levels - 1) for member in value]
        return {_unicode(key): _free(member, levels - 1) for key, member in value.items()}
    if isinstance(value, int) and value not in INTEGERS:
        return str(value)
    return plain(value)


def _moment(value: str) -> str:
    nanoseconds = instant(value)
    if nanoseconds is None or nanoseconds >= LAST_INSTANT:
        raise ValueError("expected an ISO 8601 time between 1970 and 2116, such as 2026-11-20T09:55:54Z")
    return value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _whole(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("expected a whole number")
    return value


def _environment(value: str) -> str:
    if not ENVIRONMENT.fullmatch(value):
        raise ValueError("expected at most 40 of a-z, 0-9, - and _, not beginning with langfuse")
    return value


def _numbers(value: Mapping[str, Any], known: Callable[[str], Callable[[Any], int | None] | None]) -> dict[str, Json]:
    """Check the numbers of an object, and those of the objects in it."""
    free(value)
    for name, number in value.items():
        read = known(word(name))
        if isinstance(number, dict):
            _numbers(number, known)
        elif number is not None and read is not None and read(number) is None:
            wanted = "a count of at most 10**12" if read is count else "USD from 0 to 1000"
            raise ValueError(f"{name}: expected {wanted}, got {str(number)[:40]!r}")
    return dict(value)


def _counts(value: dict[str, Any]) -> dict[str, Json]:
    return _numbers(value, lambda _: count)


def _amounts(value: dict[str, Any]) -> dict[str, Json]:
    return _numbers(value, lambda _: nano_dollars)


def _usage(value: dict[str, Any]) -> dict[str, Json]:
    return _numbers(value, lambda name: None if name == "unit" else nano_dollars if name.endswith("Cost") else count)


Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_id)]
OptionalId = Annotated[
    Annotated[str, Field(max_length=LONGEST_ID), AfterValidator(_id)] | None, BeforeValidator(_empty_is_none)
]
"""An id that may be left out, null or empty."""
Word = Annotated[str, AfterValidator(word)]
Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(word)]
Whole = Annotated[int, BeforeValidator(_whole), Field(ge=0, lt=2**63)]
Free = Annotated[Any, AfterValidator(free)]
"""Any JSON."""
Parameters = Annotated[dict[str, Any], AfterValidator(free)]
Moment = Annotated[str, AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
"""A time as it was written."""
Environment = Annotated[
    str, AfterValidator(_environment), Field(json_schema_extra={"pattern": f"^{ENVIRONMENT.pattern}$"})
]
Counts = Annotated[dict[str, Any], AfterValidator(_counts)]
Amounts = Annotated[dict[str, Any], AfterValidator(_amounts)]
Usage = Annotated[dict[str, Any], AfterValidator(_usage)]


def finite(value: float) -> float | None:
    """Return a number as a finite double that equals it, None where there is none."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number == value else None
