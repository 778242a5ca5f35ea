"""Observations of captured bodies: what real instrumentations sent, read by one mapper."""

from __future__ import annotations

from pathlib import Path

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.observation import Observation
from sidetrace.proto import decode

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

CALL = {
    "input": 32, "input_cached_tokens": 10, "output": 12, "output_reasoning_tokens": 5, "total": 59,
}  # fmt: skip
"""The usage of every call that the captures' stub answered, where the sender tells all of it."""


def observed(folder: str) -> list[Observation]:
    """Return the observations of `sender/folder`, by start; skips the test where there are no captures."""
    if not CAPTURES.is_dir():
        pytest.skip("the captures lie beside the checkout, not in it")
    bodies = [(path, False) for path in (CAPTURES / folder).glob("*.traces.pb")]
    if not bodies:
        bodies = [(path, True) for path in (CAPTURES / folder).glob("*.traces.request.json")]
    mapper = Mapper()
    found = [mapper.map(span) for path, json in bodies for span in decode(path.read_bytes(), json=json).spans]
    assert found
    assert [o.problems for o in found if o.problems] == []
    return sorted(found, key=lambda o: o.start_ns)


def calls(found: list[Observation]) -> list[Observation]:
    """Return the calls of a model that succeeded."""
    return [o for o in found if o.type == "GENERATION" and o.level != "ERROR"]


def kinds(found: list[Observation]) -> dict[str, str]:
    """Return the type of each name; one name must not have two."""
    told: dict[str, str] = {}
    for o in found:
        assert told.setdefault(o.name, o.type) == o.type, o.name
    return told


def said(found: list[Observation], field: str) -> set[object]:
    """Return what the claims of all observations say about a field."""
    return {o.claims[field][1] for o in found if field in o.claims}
