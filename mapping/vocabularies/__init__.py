"""The vocabularies, one file each; every file here with a `VOCABULARY` is read, in the order of the files' names."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ..vocabulary import Vocabulary


@cache
def vocabularies() -> tuple[Vocabulary, ...]:
    """Return all vocabularies, by the names of their files."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").VOCABULARY for name in names)
