"""Scores: list and get, in Langfuse's three versions (reference: langfuse.md, section 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ..errors import BadParameter
from ..query.page import Question
from ..query.scores import NONE, VERSION_1, Score, Scores, get_score, list_scores
from ..query.scores_v3 import GROUPS, ScoresV3, list_scores_v3
from ..storage.selection import Condition, Expression, Operator, View, conditions_in
from .params import LAST_PAGE, FilterParams, Instant, Listed, Params, Texts, one_of
from .route import Call, Route

DATA_TYPES = ("NUMERIC", "CATEGORICAL", "BOOLEAN", "TEXT", "CORRECTION")
SOURCES = ("API", "EVAL", "ANNOTATION")
COMPARISONS: dict[str, Operator] = {"=": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
"""The words of the parameter `operator`, as the store has them."""
FIELDS = ("score", "trace")
OF_TRACES = frozenset({"trace_user_id", "trace_tags"})
"""Columns of a score's trace that parameters ask for."""

DataType = Annotated[str, AfterValidator(one_of(DATA_TYPES)), Field(json_schema_extra={"enum": list(DATA_TYPES)})]
Source = Annotated[str, AfterValidator(one_of(SOURCES)), Field(json_schema_extra={"enum": list(SOURCES)})]
Comparison = Annotated[
    str, AfterValidator(one_of(tuple(COMPARISONS))), Field(json_schema_extra={"enum": list(COMPARISONS)})
]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ScoreParams(FilterParams):
    """The parameters of the lists of scores, versions 1 and 2."""

    view: ClassVar[View] = "scores"

    page: int = Field(1, ge=1, le=LAST_PAGE, description="The page, from 1.")
    limit: int = Field(50, ge=1, le=100, description="Items on a page.")
    user_id: str | None = Field(None, description="The user of the trace.")
    name: str | None = None
    from_timestamp: Instant | None = Field(None, description="At or after.")
    to_timestamp: Instant | None = Field(None, description="Before.")
    source: Source | None = None
    operator: Comparison | None = Field(None, description="How the value compares with `value`.")
    value: Finite | None = Field(None, description="What the value is compared with, by `operator`.")
    score_ids: Listed = Field((), description="Comma list of score ids.")
    config_id: str | None = None
    session_id: str | None = Field(None, description="The session that was scored.")
    dataset_run_id: str | None = Field(None, description="There are no dataset runs here: finds nothing.")
    trace_id: str | None = None
    observation_id: Listed = Field((), description="Comma list of observation ids.")
    queue_id: str | None = None
    data_type: DataType | None = None
    trace_tags: Texts = Field([], description="The trace has all of these; may be repeated.")
    fields: Listed = Field((), description="Comma list of score (always) and trace; else both.")

    def where(self) -> tuple[Expression, ...]:
        """Return the conditions of these parameters. Raises BadParameter."""
        _known("fields", self.fields, FIELDS)
        if self.fields and "score" not in self.fields:
            raise BadParameter("fields", "must hold score")
        where = super().where()
        if not self.with_trace and OF_TRACES & {condition.column for condition in conditions_in(where)}:
            raise BadParameter("fields", "must hold trace where userId or traceTags are asked for")
        if (self.operator is None) != (self.value is None):
            raise BadParameter("value" if self.value is None else "operator", "value and operator go together")
        if self.operator is not None:
            compared = Condition("value", COMPARISONS[self.operator], self.value)
            where = (*where, compared, Condition("value", "is not null"))
        return (*where, *NONE) if self.dataset_run_id else where

    @property
    def with_trace(self) -> bool:
        """Whether the answers hold the trace."""
        return not self.fields or "trace" in self.fields

    def question(self, project: str, further: tuple[Condition, ...] = ()) -> Question:
        """Return what these parameters ask of a project. Raises BadParameter."""
        return Question((*self.where(), *further), (), self.page, self.limit, project)


class ScoreV3Params(Params):
    """The parameters of the list of scores, version 3: comma lists, and none but these."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True, defer_build=True)

    limit: int = Field(50, ge=1, le=100, description="Items on a page.")
    cursor: str | None = Field(None, description="`meta.cursor` of the page before.")
    fields: Listed = Field((), description=f"Comma list of {', '.join(GROUPS)}, beside the core.")
    id: Listed = Field((), description="Any of these ids.")
    name: Listed = Field((), description="Any of these names.")
    source: Listed = Field((), description="In any case: API, EVAL, ANNOTATION.")
    data_type: Listed = Field((), description=f"In any case: {', '.join(DATA_TYPES)}.")
    environment: Listed = Field((), description="Any of these.")
    config_id: Listed = Field((), description="Any of these.")
    queue_id: Listed = Field((), description="Any of these.")
    author_user_id: Listed = Field((), description="Nobody signs in here: finds nothing.")
    value: Listed = Field((), description="Exact values of one data type: NUMERIC, BOOLEAN (true, false), CATEGORICAL.")
    value_min: Finite | None = Field(None, description="At least; for the data type NUMERIC alone.")
    value_max: Finite | None = Field(None, description="At most; for the data type NUMERIC alone.")
    trace_id: Listed = Field((), description="Not together with sessionId or experimentId.")
    session_id: Listed = Field((), description="Not together with traceId, observationId or experimentId.")
    observation_id: Listed = Field((), description="Needs traceId.")
    experiment_id: Listed = Field((), description="There are no experiments here: finds nothing.")
    from_timestamp: Instant | None = Field(None, description="At or after.")
    to_timestamp: Instant | None = Field(None, description="Before.")

    def where(self) -> tuple[Condition, ...]:
        """Return the conditions of these parameters. Raises BadParameter."""
        _known("fields", self.fields, GROUPS)
        sources, types = ([word.upper() for word in words] for words in (self.source, self.data_type))
        _known("source", sources, SOURCES)
        _known("dataType", types, DATA_TYPES)
        self._agree()
        among = {
            "id": self.id, "name": self.name, "source": sources, "data_type": types, "environment": self.environment,
            "config_id": self.config_id, "queue_id": self.queue_id, "trace_id": self.trace_id,
            "session_id": self.session_id, "observation_id": self.observation_id,
        }  # fmt: skip
        where = [Condition(column, "any of", tuple(words)) for column, words in among.items() if words]
        where += self._values(types)
        if self.from_timestamp:
            where.append(Condition("timestamp", ">=", self.from_timestamp))
        if self.to_timestamp:
            where.append(Condition("timestamp", "<", self.to_timestamp))
        return (*where, *NONE) if self.author_user_id or self.experiment_id else tuple(where)

    def _agree(self) -> None:
        """Refuse what cannot be meant together."""
        subjects = {
            "traceId": self.trace_id, "sessionId": self.session_id, "experimentId": self.experiment_id,
        }  # fmt: skip
        named = [name for name, words in subjects.items() if words]
        if len(named) > 1:
            raise BadParameter(named[1], f"cannot go together with {named[0]}")
        if self.observation_id and not self.trace_id:
            raise BadParameter("observationId", "needs traceId: observation ids are a trace's own")
        if self.value_min is not None and self.value_max is not None and self.value_min > self.value_max:
            raise BadParameter("valueMin", f"{self.value_min} is over valueMax {self.value_max}")
        if self.from_timestamp and self.to_timestamp and self.from_timestamp > self.to_timestamp:
            raise BadParameter("fromTimestamp", "is after toTimestamp")

    def _values(self, types: list[str]) -> list[Condition]:
        bounds = {">=": ("valueMin", self.value_min), "<=": ("valueMax", self.value_max)}
        where = []
        for operator, (name, bound) in bounds.items():
            if bound is not None:
                if types != ["NUMERIC"]:
                    raise BadParameter(name, "needs dataType=NUMERIC and no other")
                where.append(Condition("value", COMPARISONS[operator], bound))
        match types if self.value else None:
            case None:
                pass
            case ["NUMERIC"]:
                where.append(Condition("value", "any of", tuple(map(_number, self.value))))
            case ["BOOLEAN"]:
                where.append(Condition("value", "any of", tuple(map(_verdict, self.value))))
            case ["CATEGORICAL"]:
                where.append(Condition("string_value", "any of", tuple(self.value)))
            case _:
                raise BadParameter("value", "needs one dataType of NUMERIC, BOOLEAN and CATEGORICAL")
        return where


def _known(name: str, words: Sequence[str], known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise BadParameter(name, f"unknown word {word!r}; there are {', '.join(known)}")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise BadParameter("value", f"expected finite numbers for dataType=NUMERIC, got {text!r}")
    return number


def _verdict(text: str) -> float:
    if text not in ("true", "false"):
        raise BadParameter("value", f"expected true or false for dataType=BOOLEAN, got {text!r}")
    return float(text == "true")


def _list_v3(call: Call) -> ScoresV3:
    params: ScoreV3Params = call.params
    return list_scores_v3(
        call.store, params.where(), call.project, params.limit, params.cursor, frozenset(params.fields)
    )


ROUTES = (
    Route(
        "GET", "/api/public/scores", "List scores of traces and observations, the latest first", Scores,
        lambda call: list_scores(call.store, call.params.question(call.project, VERSION_1), call.params.with_trace),
        query=ScoreParams,
    ),
    Route(
        "GET", "/api/public/scores/{id}", "Get a score of a trace or observation", Score,
        lambda call: get_score(call.store, call.id, call.project, VERSION_1), problems=(404,),
    ),
    Route(
        "GET", "/api/public/v2/scores", "List scores, those of sessions too, the latest first", Scores,
        lambda call: list_scores(call.store, call.params.question(call.project), call.params.with_trace),
        query=ScoreParams,
    ),
    Route(
        "GET", "/api/public/v2/scores/{id}", "Get a score", Score,
        lambda call: get_score(call.store, call.id, call.project), problems=(404,),
    ),
    Route(
        "GET", "/api/public/v3/scores", "List scores by cursor, with values of their own type", ScoresV3, _list_v3,
        query=ScoreV3Params,
    ),
)  # fmt: skip
