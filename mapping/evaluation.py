"""A judgement that came with telemetry: what becomes a score of an observation, a trace or a session."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from .observation import Json

Target: TypeAlias = Literal["observation", "trace", "session"]


class Evaluation(NamedTuple):
    """One judgement.

    `value` is a number, `label` a word; at least one is there. `explanation` is for people, `source` says who judged
    (API, EVAL or ANNOTATION, Langfuse's words). `target` is what was judged: the observation itself, its trace or its
    session. `identifier` tells several judgements of one name apart.
    """

    name: str
    value: float | None = None
    label: str | None = None
    explanation: str | None = None
    target: Target = "observation"
    source: str = "EVAL"
    identifier: str = ""
    metadata: Json = None
    time_ns: int = 0
