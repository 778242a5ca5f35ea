"""SQL over the public views."""

from __future__ import annotations

from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from ..errors import BadParameter
from ..query.sql import SqlAnswer
from ..query.sql_wire import Question
from .route import Call, Route


class SqlQuestion(BaseModel):
    """A question in SQL: one read-only statement over the public views."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    query: str = Field(min_length=1)
    dialect: Literal["postgres", "sqlite"] | None = Field(
        None, description="Told by what the query says when left out."
    )
    limit: int | None = Field(None, ge=1, description="Rows at most; the configuration's sql_rows when left out.")


def _ask(call: Call) -> orjson.Fragment:
    question: SqlQuestion = call.body
    limits = call.config.query
    if question.limit is not None and question.limit > limits.sql_rows:
        raise BadParameter("limit", f"at most {limits.sql_rows} (query.sql_rows), got {question.limit}")
    project = call.project if call.config.projects else None
    rows = question.limit or limits.sql_rows
    asked = Question(question.query, rows, limits.sql_seconds, project, question.dialect)
    return orjson.Fragment(call.sql.ask(asked, call.gone))


ROUTES = (
    Route(
        "POST", "/api/sql", "Ask in SQL, read-only, over the public views", SqlAnswer,
        _ask, body=SqlQuestion, problems=(408,),
    ),
)  # fmt: skip
