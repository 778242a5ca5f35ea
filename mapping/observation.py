"""What a span means: the observation record, and the claims it makes about its trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..proto.span import Span

if TYPE_CHECKING:
    from .evaluation import Evaluation

Json: TypeAlias = "str | bool | int | float | list[Json] | dict[str, Json] | None"

TYPES = (
    "SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL",
)  # fmt: skip
"""The observation types (design, section 4)."""

LEVELS = ("DEBUG", "DEFAULT", "WARNING", "ERROR")
"""The levels, from harmless to worst; a trace's level is its worst."""

AGGREGATES = frozenset({"AGENT", "CHAIN", "SPAN"})
"""Types whose usage may repeat their descendants' (reference: attributes.md, section 6)."""


Claims: TypeAlias = Mapping[str, tuple[int, Json]]
"""What a span says about its trace: field -> (tier, value).

Fields: session_id, user_id, name, release, version, environment, public, input, output (the last two: the key of the
attribute that holds it), and "metadata.<key>". Tier is the place of the attribute key in the field's precedence,
1 being the most explicit.
"""


NOTHING: Mapping[str, Any] = MappingProxyType({})  # Any: it holds nothing of any kind


class Observation:
    """One span, read by the vocabularies.

    Times are integer nanoseconds, money is integer nano-dollars (1e-9 USD) so that sums do not depend on order,
    token counts are integers. `input_key` and `output_key` name the span attribute that holds the input or output, or,
    where they end in `*`, the prefix of the flattened attributes that do; `input_made` and `output_made` are texts that
    no attribute holds as they are, and stand in their place. `priced`: the cost comes from the price list.
    `response_id` is the model provider's own id of a call; `native`: the span was made by the provider's own SDK.
    `root_rank` is 0 without a parent, 1 for as_root, 2 for an app root, else 3 (a store settles what only the other
    spans can tell: whether the parent is known). `problems` says what a vocabulary could not read, as (kind, detail).
    What a span does not say is the class's own value, which costs nothing to set: a third of the time of mapping went
    into filling forty fields that were mostly empty.
    """

    span: Span
    name: str
    start_ns: int
    end_ns: int
    type: str = "SPAN"
    completion_start_ns: int | None = None
    level: str = "DEFAULT"
    status_message: str = ""
    model: str | None = None
    model_parameters: Mapping[str, Json] = NOTHING
    input_key: str | None = None
    output_key: str | None = None
    input_made: str | None = None
    output_made: str | None = None
    metadata: Mapping[str, Json] = NOTHING
    usage_details: Mapping[str, int] = NOTHING
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost_details: Mapping[str, int] = NOTHING
    cost: int | None = None
    priced: bool = False
    response_id: str | None = None
    native: bool = False
    prompt_name: str | None = None
    prompt_version: str | None = None
    version: str | None = None
    environment: str | None = None
    root_rank: int = 3
    claims: Claims = NOTHING
    tags: Sequence[str] = ()
    problems: Sequence[tuple[str, str]] = ()
    evaluations: Sequence[Evaluation] = ()

    def __init__(
        self,
        span: Span,
        name: str = "",
        start_ns: int = 0,
        end_ns: int = 0,
        version: str | None = None,
        environment: str | None = None,
    ) -> None:
        """Begin with what every span has, and most resources say."""
        self.span = span
        self.name = name
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.version = version
        self.environment = environment


_USUAL = (
    "span", "name", "start_ns", "end_ns", "version", "environment", "claims", "type", "input_key", "output_key",
    "metadata", "tags", "model", "usage_details", "input_tokens", "output_tokens", "total_tokens", "cost_details",
    "cost", "priced", "root_rank", "model_parameters", "response_id", "level", "status_message", "input_made",
    "output_made", "completion_start_ns", "prompt_version",
)  # fmt: skip
"""The fields that are set most often, as many (29) as CPython keeps places for in all objects of a class."""


def _make_places() -> None:
    """Set all usual fields of the first object of the class.

    CPython learns the places from the first few objects. One that has a field which those had not gets a dict of its
    own, and takes a quarter longer to map.
    """
    first = object.__new__(Observation)
    for name in _USUAL:
        setattr(first, name, None)


_make_places()
