"""Mapping stored spans anew: how to begin, and how far it is."""

from __future__ import annotations

from typing_extensions import TypedDict

from ..storage.store import Reader, Remapping, Store


class Remap(TypedDict):
    """Spans mapped anew, of how many there were when it began, and whether it still runs."""

    done: int
    total: int
    running: bool


def start_remap(store: Store) -> Remap:
    """Begin to map all stored spans anew; return once it is under way. Raises Unavailable."""
    store.remap()
    return remapping(store)


def remapping(reader: Reader) -> Remap:
    """Return how far it is; all zero where there was none."""
    return shape_remap(reader.remapping())


def shape_remap(state: Remapping) -> Remap:
    """Return the state of a remap in the shape of an answer."""
    return {"done": state.done, "total": state.total, "running": state.running}
