"""What all blocks of a configuration have in common: strict types, no unknown keys, `enabled`, `${env:…}`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, SecretStr, ValidationError, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from ..keys import Secret
from .expansion import Expanded
from .values import Endpoint, SocketFile
from .values import kind as described

_TEXTUAL = frozenset({str, Path, Endpoint, SocketFile, Secret, SecretStr})


class Section(BaseModel):
    """A block of the configuration: strict types, no unknown keys; a key without a value has its default."""

    # Built once, with the whole that is asked for first, and not each for itself when its class is made.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)

    null_is_on: ClassVar[bool] = False
    """Whether an optional block that is there without a value is on with its defaults, or off."""

    @model_validator(mode="before")
    @classmethod
    def _typed(cls, data: object) -> object:
        """Give `${env:…}` values the type their field asks for, and null blocks their defaults."""
        if isinstance(data, Expanded):
            data = data.parsed
        if data is None:
            return {}
        if not isinstance(data, dict):
            return data
        typed = {key: cls._value(key, value) for key, value in data.items()}
        return {key: value for key, value in typed.items() if value is not None or key not in cls.model_fields}

    @classmethod
    def _value(cls, key: object, value: object) -> object:
        known = cls.model_fields.get(key) if isinstance(key, str) else None
        if known is None:
            return value
        many = get_origin(known.annotation) in (list, dict)
        kinds = (known.annotation, *(() if many else get_args(known.annotation)))
        if isinstance(value, Expanded):
            textual = any(kind in _TEXTUAL or isinstance(kind, str) for kind in kinds)
            value = str(value) if textual else value.parsed
        block = any(isinstance(kind, type) and issubclass(kind, Section) for kind in kinds)
        return {} if value is None and block and (cls.null_is_on or type(None) not in kinds) else value


class _Switch(Section):
    """What may stand in any optional block beside its own keys."""

    enabled: bool = True


class Read:
    """Marks a field that a function reads, whatever its type says: `Annotated[dict[str, Project], Read(function)]`."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        """Read the field with `function`, which raises ValueError or pydantic's ValidationError."""
        self.function = function

    def __get_pydantic_core_schema__(self, source: Any, _: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.function)


class Block:
    """Marks a field that is a block: `Annotated[Tls | None, Block(Tls)]`.

    Its model is built when there is something to read, which saves most of what a start would spend on pydantic. Where
    None is a value of the field, `enabled: false` in the block turns it off, as in the Collector.
    """

    def __init__(self, model: type[Section]) -> None:
        """Read the field as a `model`."""
        self.model = model

    def __get_pydantic_core_schema__(self, source: Any, _: GetCoreSchemaHandler) -> CoreSchema:
        read = self._switched if type(None) in get_args(source) else self.model.model_validate
        return core_schema.no_info_plain_validator_function(read)

    def _switched(self, value: object) -> Section | None:
        if isinstance(value, Expanded):
            value = value.parsed
        if value is None:
            return None
        if isinstance(value, dict) and "enabled" in value:
            if not _Switch.model_validate({"enabled": value["enabled"]}).enabled:
                return None
            value = {key: member for key, member in value.items() if key != "enabled"}
        return self.model.model_validate(value)


def read_each(blocks: object, kind: Callable[[str], type[Section]]) -> dict[str, Any]:
    """Return blocks by name, read as what `kind` says of the name (which raises ValueError for one that is wrong).

    Raises ValueError for what is no mapping, and ValidationError with the problems of all blocks and their paths.
    """
    if isinstance(blocks, Expanded):
        blocks = blocks.parsed
    if blocks is None:
        return {}
    if not isinstance(blocks, dict):
        raise ValueError(f"expected a mapping, got {described(blocks)}")
    read: dict[str, Any] = {}
    problems: list[InitErrorDetails] = []
    for name, block in ((str(key), block) for key, block in blocks.items()):
        try:
            read[name] = kind(name).model_validate({} if block is None else block)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                loc, context = (name, *one["loc"]), one.get("ctx", {})
                problems.append({"type": one["type"], "loc": loc, "input": one["input"], "ctx": context})
        except ValueError as error:
            problems.append({"type": "value_error", "loc": (name,), "input": None, "ctx": {"error": error}})
    if problems:
        raise ValidationError.from_exception_data("blocks", problems, hide_input=True)
    return read
