"""Media and prompts, which are not kept: answers that leave the SDKs in peace."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from .conftest import Api
from .writing import send

DIGEST = hashlib.sha256(b"\x03").digest()
MEDIUM = {
    "traceId": "t",
    "observationId": "o",
    "datasetId": None,
    "datasetItemId": None,
    "contentType": "image/png",
    "contentLength": 1,
    "sha256Hash": base64.b64encode(DIGEST).decode(),
    "field": "input",
}


async def test_a_medium_has_its_id_and_nowhere_to_go(api: Api) -> None:
    id = base64.urlsafe_b64encode(DIGEST).decode()[:22]
    assert {"-", "_"} & set(id), "the digest must tell the two spellings of base64 apart"
    assert await send(api, "POST", "/api/public/media", MEDIUM) == (201, {"mediaId": id, "uploadUrl": None})
    uploaded = {"uploadedAt": "2026-11-18T08:26:41Z", "uploadHttpStatus": 200, "uploadHttpError": None}
    status, _ = await send(api, "PATCH", f"/api/public/media/{id}", uploaded | {"uploadTimeMs": 12})
    assert status == 200
    answer = await api.get(f"/api/public/media/{id}", status=404)
    assert answer["error"] == "NotFound"
    assert id in answer["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sha256Hash", "short"),
        ("sha256Hash", "ä" * 44),
        ("sha256Hash", None),
        ("contentLength", -1),
        ("contentLength", "much"),
        ("contentType", 7),
        ("field", None),
        ("traceId", "a\rb"),
    ],
)
async def test_a_medium_that_makes_no_sense(api: Api, field: str, value: Any) -> None:
    status, answer = await send(api, "POST", "/api/public/media", {**MEDIUM, field: value})
    assert status == 400
    assert answer["message"].startswith(f"{field}: ")


async def test_there_are_no_prompts(api: Api) -> None:
    answer = await api.get("/api/public/v2/prompts/a%2Fb", "label=production", status=404)
    assert answer["error"] == "NotFound"
    assert "'a/b'" in answer["message"]
    assert await api.get("/api/public/v2/prompts", "limit=10&name=x") == {
        "data": [],
        "meta": {"page": 1, "limit": 10, "totalItems": 0, "totalPages": 0},
    }
