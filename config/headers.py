"""Headers in a configuration: what they may be called, and what they may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from .values import kind

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})


def is_token(name: str) -> bool:
    """Whether a header can be called so (RFC 9110, section 5.6.2)."""
    return bool(name) and set(name) <= _TOKEN


def _headers(value: object) -> object:
    """Read headers from a mapping or from a list of `{name, value}`, as the Collector does."""
    if isinstance(value, list):
        pairs = []
        for item in value:
            if not isinstance(item, dict) or set(item) != {"name", "value"}:
                raise ValueError(f"expected a mapping, or a list of {{name, value}}, got {kind(item)} in the list")
            pairs.append((item["name"], item["value"]))
        value = dict(pairs)
    if not isinstance(value, dict):
        return value
    for name, content in value.items():
        if not isinstance(name, str) or not is_token(name):
            raise ValueError(f"{name!r} is no name of a header")
        if name.lower() in _FRAMING:
            raise ValueError(f"{name} says how an answer is sent, which sidetrace does itself")
        if isinstance(content, str) and not all(" " <= letter <= "~" or letter == "\t" for letter in content):
            raise ValueError(f"{name}: expected visible ASCII characters and blanks in one line")
    return value


Headers = Annotated[dict[str, SecretStr], BeforeValidator(_headers)]
"""Headers by name; their values may be secrets and are not shown."""
