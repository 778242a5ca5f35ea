"""The one table of endpoints: from it come the routes of the server and the OpenAPI document."""

from __future__ import annotations

from . import (
    find,
    health,
    ingestion,
    marks,
    media,
    metrics,
    observations,
    projects,
    prompts,
    saved,
    scores,
    scoring,
    sessions,
    sql,
    traces,
    upkeep,
    users,
)

NOUNS = (
    sessions,
    traces,
    marks,
    observations,
    users,
    find,
    saved,
    metrics,
    scores,
    scoring,
    ingestion,
    media,
    prompts,
    projects,
    sql,
    upkeep,
    health,
)

ROUTES = tuple(route for noun in NOUNS for route in noun.ROUTES)
"""Every endpoint but `/api/openapi.json`, which describes these and itself."""
