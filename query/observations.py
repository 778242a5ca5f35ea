"""Observations in Langfuse's shape, version 1 (reference: langfuse.md, section 4.3)."""

from __future__ import annotations

from math import fsum
from typing import NotRequired

from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import between, cost_by_kind, count, iso, members, moment, number, payload, seconds, text, tokens_by_kind
from .page import EVERY, Meta, Question

COLUMNS = (
    "id", "project_id", "trace_id", "parent_observation_id", "type", "name", "start_time", "end_time",
    "completion_start_time", "latency_ms", "level", "status_message", "model", "model_parameters", "input", "output",
    "metadata", "usage_details", "cost_details", "calculated_total_cost", "input_tokens", "output_tokens",
    "total_tokens", "prompt_name", "prompt_version", "version", "environment", "session_id", "user_id", "trace_name",
)  # fmt: skip
"""What an answer needs; attributes, events and links stay behind, for they hold the payloads a second time."""


class Usage(TypedDict):
    """Tokens and their cost in USD, in the form that Langfuse calls deprecated and its clients still require.

    A cost that nobody knows is not there.
    """

    unit: str
    input: int
    output: int
    total: int
    inputCost: NotRequired[float]
    outputCost: NotRequired[float]
    totalCost: NotRequired[float]


class Observation(TypedDict):
    """One observation: times ISO 8601, `latency` and `timeToFirstToken` in seconds, costs in USD.

    What sidetrace does not have (prompt and model registries, price tiers) is null. `sessionId`, `userId` and
    `traceName` are the trace's.
    """

    id: str
    projectId: str
    traceId: str
    parentObservationId: str | None
    name: str | None
    type: str
    environment: str
    startTime: str
    endTime: str | None
    version: str | None
    createdAt: str
    updatedAt: str
    input: object
    output: object
    metadata: dict[str, object]
    level: str
    statusMessage: str | None
    model: str | None
    modelParameters: dict[str, object]
    completionStartTime: str | None
    promptId: None
    promptName: str | None
    promptVersion: int | None
    usageDetails: dict[str, int]
    costDetails: dict[str, float]
    usage: Usage
    unit: str
    promptTokens: int
    completionTokens: int
    totalTokens: int
    usagePricingTierName: None
    usagePricingTierId: None
    modelId: None
    inputPrice: None
    outputPrice: None
    totalPrice: None
    calculatedInputCost: float | None
    calculatedOutputCost: float | None
    calculatedTotalCost: float | None
    latency: float | None
    timeToFirstToken: float | None
    sessionId: str | None
    userId: str | None
    traceName: str | None


class Observations(TypedDict):
    """A page of observations."""

    data: list[Observation]
    meta: Meta


def list_observations(reader: Reader, question: Question) -> Observations:
    """Return a page of observations, by default the latest start first."""
    page = question.select(reader, "observations", COLUMNS, "start_time")
    return {"data": [_observation(row) for row in page.rows], "meta": question.meta(page.total, page.at_least)}


def get_observation(reader: Reader, observation_id: str, project: str = "default") -> Observation:
    """Return one observation; of several with one id (in different traces) the first started. Raises NotFound."""
    where = (Condition("id", "=", observation_id),)
    order = (("start_time", False), ("trace_id", False))
    rows = reader.select(
        Selection("observations", project=project, where=where, order=order, columns=COLUMNS, limit=1, counted=False)
    ).rows
    if not rows:
        raise NotFound(f"no observation has the id {observation_id!r}")
    return _observation(rows[0])


def observations_of(reader: Reader, trace_id: str, project: str) -> list[Observation]:
    """Return all observations of a trace, by start."""
    where = (Condition("trace_id", "=", trace_id),)
    order = (("start_time", False),)
    selection = Selection(
        "observations", project=project, where=where, order=order, columns=COLUMNS, limit=EVERY, counted=False
    )
    return [_observation(row) for row in reader.select(selection).rows]


def _observation(row: Row) -> Observation:
    costs = cost_by_kind(row)
    input_cost, output_cost = _part(costs, "input"), _part(costs, "output")
    total_cost = number(row["calculated_total_cost"])
    tokens = (count(row["input_tokens"]), count(row["output_tokens"]), count(row["total_tokens"]))
    start, end = moment(row["start_time"]), iso(row["end_time"])
    return {
        "id": str(row["id"]),
        "projectId": str(row["project_id"]),
        "traceId": str(row["trace_id"]),
        "parentObservationId": text(row["parent_observation_id"]),
        "name": text(row["name"]),
        "type": str(row["type"]),
        "environment": text(row["environment"]) or "default",
        "startTime": start,
        "endTime": end,
        "version": text(row["version"]),
        "createdAt": start,
        "updatedAt": end or start,
        "input": payload(row["input"]),
        "output": payload(row["output"]),
        "metadata": members(row["metadata"]),
        "level": str(row["level"]),
        "statusMessage": text(row["status_message"]),
        "model": text(row["model"]),
        "modelParameters": members(row["model_parameters"]),
        "completionStartTime": iso(row["completion_start_time"]),
        "promptId": None,
        "promptName": text(row["prompt_name"]),
        "promptVersion": whole(text(row["prompt_version"])),
        "usageDetails": tokens_by_kind(row),
        "costDetails": costs,
        "usage": _usage(tokens, input_cost, output_cost, total_cost),
        "unit": "TOKENS",
        "promptTokens": tokens[0],
        "completionTokens": tokens[1],
        "totalTokens": tokens[2],
        "usagePricingTierName": None,
        "usagePricingTierId": None,
        "modelId": None,
        "inputPrice": None,
        "outputPrice": None,
        "totalPrice": None,
        "calculatedInputCost": input_cost,
        "calculatedOutputCost": output_cost,
        "calculatedTotalCost": total_cost,
        "latency": seconds(row["latency_ms"]),
        "timeToFirstToken": between(row["start_time"], row["completion_start_time"]),
        "sessionId": text(row["session_id"]),
        "userId": text(row["user_id"]),
        "traceName": text(row["trace_name"]),
    }


def _usage(
    tokens: tuple[int, int, int], input_cost: float | None, output_cost: float | None, total_cost: float | None
) -> Usage:
    usage: Usage = {"unit": "TOKENS", "input": tokens[0], "output": tokens[1], "total": tokens[2]}
    if input_cost is not None:
        usage["inputCost"] = input_cost
    if output_cost is not None:
        usage["outputCost"] = output_cost
    if total_cost is not None:
        usage["totalCost"] = total_cost
    return usage


def _part(costs: dict[str, float], kind: str) -> float | None:
    """Return the sum of the kinds of cost whose name holds `kind`, as Langfuse sums them (langfuse.md, section 6)."""
    parts = [amount for name, amount in costs.items() if kind in name]
    return fsum(parts) if parts else None


def whole(version: str | None) -> int | None:
    """Return a prompt version as the integer that Langfuse's clients insist on, else None."""
    return int(version) if version and len(version) < 16 and version.isascii() and version.isdigit() else None
