"""How a file, the environment and flags become one `Config`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ConfigError
from .expansion import expand
from .problems import tell
from .root import Config
from .values import shown


def load(
    path: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """Return the configuration: the defaults, then the file at `path`, then SIDETRACE_DB, then `overrides`.

    `overrides` are flags by dotted path (`{"storage.path": …}`); those that are None were not given. Raises
    ConfigError with one line for each problem there is.
    """
    tree = expand(_read(path), environment) if path else {}
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected a mapping of sections, got {shown(tree)}")
    if environment.get("SIDETRACE_DB"):
        _put(tree, "storage.path", environment["SIDETRACE_DB"])
    for place, value in (overrides or {}).items():
        if value is not None:
            _put(tree, place, value)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        lines = "\n".join(f"  {tell(problem, Config)}" for problem in error.errors(include_url=False))
        raise ConfigError(f"{path or 'configuration'} cannot be used:\n{lines}") from error


def _read(path: Path) -> object:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        # The pure reader: the C one, where it is installed, reads YAML 1.1.
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start})") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = str(error.problem or error.context).partition(" with value ")[0]  # of a duplicate; may be a secret
        raise ConfigError(f"{where}: {problem}") from None
    except YAMLError as error:
        raise ConfigError(f"{path}: {error}") from error


def _put(tree: dict[str, Any], place: str, value: object) -> None:
    """Set a dotted path, making the blocks on the way; a default protocol that is beside it stays on."""
    *blocks, name = place.split(".")
    for depth, block in enumerate(blocks):
        below = tree.get(block)
        if below is None and blocks[: depth + 1] == ["receivers", "otlp", "protocols"]:
            below = {"grpc": None, "http": None}
        elif below is None:
            below = {}
        if not isinstance(below, dict):
            return  # the file has something else there, which validation will name
        tree[block] = below
        tree = below
    tree[name] = value
