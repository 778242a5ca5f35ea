"""`${env:NAME}` in configuration values (reference: otlp.md, section 3.4).

`${env:NAME}` and `${NAME}` stand for the variable, `${env:NAME:-text}` has a default for a variable that is not set,
`$$` is one `$`. A naked `$NAME` and an unclosed `${` are literal, keys are not expanded, and what a variable holds is
not expanded again (the Collector does that).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import ConfigError

_REFERENCE = re.compile(r"\$(?:\$|\{([^}]*)\})")
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
    whole = _REFERENCE.fullmatch(value)
    if whole and whole[1] is not None:
        text = _look_up(whole[1], environment, path)
        return None if text is None else Expanded(text)
    return _REFERENCE.sub(lambda found: "$" if found[1] is None else _look_up(found[1], environment, path) or "", value)


def _look_up(reference: str, environment: Mapping[str, str], path: str) -> str | None:
    scheme, colon, rest = reference.partition(":")
    name, default, text = (rest if colon else scheme).partition(":-")
    if (colon and scheme != "env") or not _NAME.fullmatch(name) or "${" in text:
        # beneath projects it may be a part of a secret
        shown = "${…}" if path.startswith("projects.") else f"${{{reference}}}"
        raise ConfigError(f"{path}: {shown} is no reference; write ${{env:NAME}} or ${{env:NAME:-default}}")
    return environment.get(name, text if default else None)
