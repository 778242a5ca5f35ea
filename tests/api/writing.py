"""How the tests of writes send their bodies, and events for them."""

from __future__ import annotations

import io
import json
from typing import Any

from .conftest import Api

AT = "2026-11-18T08:26:41.500Z"


async def send(api: Api, method: str, path: str, body: Any = None, raw: bytes | None = None) -> tuple[int, Any]:
    """Return the status and the JSON answer; `body` goes as Python's `json` writes it, NaN and all."""
    data = json.dumps(body).encode() if raw is None else raw
    async with api.client.request(method, path, data=io.BytesIO(data)) as response:
        assert response.content_type == "application/json", await response.text()
        return response.status, await response.json()


def event(type: str, body: Any, id: str = "e", at: str = AT) -> dict[str, Any]:
    """Return an event of the ingestion API."""
    return {"id": id, "type": type, "timestamp": at, "body": body}


async def ingest(api: Api, *events: Any) -> Any:
    """Return the answer to a batch of events."""
    status, answer = await send(api, "POST", "/api/public/ingestion", {"batch": list(events), "metadata": {"sdk": 1}})
    assert status == 207, answer
    return answer


async def accept(api: Api, *events: Any) -> None:
    """Send a batch of events, all of which must be stored."""
    answer = await ingest(api, *events)
    assert answer == {"successes": [{"id": event["id"], "status": 201} for event in events], "errors": []}
