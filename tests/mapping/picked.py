"""What a test picks from many observations."""

from __future__ import annotations

from sidetrace.mapping.observation import Observation


def named(observations: list[Observation], name: str) -> list[Observation]:
    """Return the observations with this name."""
    return [o for o in observations if o.name == name]


def counts(observations: list[Observation]) -> list[tuple[int, int]]:
    """Return the input and output tokens of the calls of a model that brought any."""
    return [(o.input_tokens, o.output_tokens) for o in observations if o.type == "GENERATION" and o.total_tokens]
