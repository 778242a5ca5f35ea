"""`${env:NAME}` in configuration values (reference: otlp.md, section 3.4).

`${env:NAME}` and `${NAME}` stand for the variable, `${env:NAME:-text}` has a default for a variable that is not set, in
which further references may stand; `$$` is one `$`. A naked `$NAME` and an unclosed `${` are literal, keys are not
expanded, and what a variable holds is not expanded again (the Collector does that).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import ConfigError
from .values import is_secret

_MARK = re.compile(r"\$\$|\$\{|\}")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Expanded(str):
    """The text of a variable that is a whole value: text where text is asked for, YAML (`parsed`) elsewhere."""

    __slots__ = ()

    @property
    def parsed(self) -> object:
        """The text read as YAML, or the text itself where it is none; null where it is empty."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            return YAML(typ="safe", pure=True).load(str(self))
        except YAMLError:
            return str(self)


def expand(value: object, environment: Mapping[str, str], path: str = "") -> object:
    """Return `value` with the references in its texts replaced; `path` leads to it.

    A reference that is the whole text gives `Expanded`, or None where the variable is not set. Raises ConfigError
    with the path for a reference that cannot be read.
    """
    if isinstance(value, dict):
        return {
            key: expand(member, environment, f"{path}.{key}" if path else str(key)) for key, member in value.items()
        }
    if isinstance(value, list):
        return [expand(member, environment, f"{path}.{place}") for place, member in enumerate(value)]
    if not isinstance(value, str) or "$" not in value:
        return value
    return _text(value, environment, path)


def _text(text: str, environment: Mapping[str, str], path: str) -> str | None:
    if text.startswith("${") and _end(text, 2) == len(text):
        found = _look_up(text[2:-1], environment, path)
        return None if found is None else Expanded(found)
    pieces, position = [], 0
    while mark := _MARK.search(text, position):
        pieces.append(text[position : mark.start()])
        position = mark.end()
        end = _end(text, position) if mark[0] == "${" else 0
        if end:
            pieces.append(_look_up(text[position : end - 1], environment, path) or "")
            position = end
        else:
            pieces.append("$" if mark[0] == "$$" else mark[0])
    return "".join(pieces) + text[position:]


def _end(text: str, position: int) -> int:
    """Return where the reference ends whose inside begins at `position`, 0 where it is not closed."""
    depth = 1
    for mark in _MARK.finditer(text, position):
        depth += {"${": 1, "}": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    return 0


def _look_up(reference: str, environment: Mapping[str, str], path: str) -> str | None:
    scheme, colon, rest = reference.partition(":")
    name, default, text = (rest if colon else scheme).partition(":-")
    if (colon and scheme != "env") or not _NAME.fullmatch(name):
        shown = "${…}" if is_secret(path) else f"${{{reference}}}"  # it may be a part of a secret
        raise ConfigError(f"{path}: {shown} is no reference; write ${{env:NAME}} or ${{env:NAME:-default}}")
    if name in environment:
        return environment[name]
    return _text(text, environment, path) if default else None
