"""Configurations in files, and what is said of those that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sidetrace.config import Config, load
from sidetrace.errors import ConfigError

Read = Callable[..., Config]
Problems = Callable[..., list[str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a text as a configuration file."""

    def read(text: str, **environment: str) -> Config:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environment=environment)

    return read


@pytest.fixture
def problems(read: Read) -> Problems:
    """Say what is wrong with a text, one line a problem."""

    def problems(text: str, **environment: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            read(text, **environment)
        return [line.strip() for line in str(caught.value).splitlines()[1:]]

    return problems
