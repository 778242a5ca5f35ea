"""Media: what SDKs ask before they upload images and the like. Contents are not kept, and the SDKs are told so quietly.

An SDK that is given no URL to upload to takes the contents for stored already (reference: langfuse.md, section 3.7).
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from ..errors import NotFound
from .checks import Body, OptionalId, Whole, Word
from .route import Call, Route

DIGEST, ID_CHARACTERS = 32, 22
"""Bytes of a SHA-256 digest, and how many characters of its base64url text are a medium's id."""


def _digest(value: str) -> str:
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != DIGEST:
        raise ValueError("expected a SHA-256 digest in base64")
    return value


class Medium(Body):
    """What is to be uploaded, and where it stands."""

    trace_id: OptionalId = None
    observation_id: OptionalId = None
    dataset_id: OptionalId = None
    dataset_item_id: OptionalId = None
    content_type: Word = Field(description="Such as image/png.")
    content_length: Whole = Field(description="Bytes.")
    sha256_hash: Annotated[str, AfterValidator(_digest)] = Field(
        description="In base64.", json_schema_extra={"pattern": "^[A-Za-z0-9+/]{43}=$"}
    )
    field: Word = Field(description="input, output or metadata.")


class Upload(TypedDict):
    """The id of a medium, and that there is nowhere to upload it to."""

    mediaId: str
    uploadUrl: None


class Uploaded(Body):
    """How an upload went."""

    uploaded_at: Word | None = None
    upload_http_status: Whole | None = None
    upload_http_error: Word | None = None
    upload_time_ms: Whole | None = None


class Noted(TypedDict):
    """That there was nothing to do."""

    message: str


def _ask(call: Call) -> Upload:
    medium: Medium = call.body
    return {"mediaId": medium.sha256_hash.replace("+", "-").replace("/", "_")[:ID_CHARACTERS], "uploadUrl": None}


def _note(_: Call) -> Noted:
    return {"message": "Nothing is kept of uploads"}


def _get(call: Call) -> dict[str, object]:
    raise NotFound(f"there is nothing of medium {call.id!r}: the contents of media are not kept here")


ROUTES = (
    Route(
        "POST", "/api/public/media", "Ask where to upload a medium: nowhere, as if it were stored already", Upload,
        _ask, body=Medium, status=201,
    ),
    Route(
        "PATCH", "/api/public/media/{id}", "Say how an upload went", Noted, _note, body=Uploaded,
    ),
    Route(
        "GET", "/api/public/media/{id}", "Get a medium: the contents of media are not kept, so always 404",
        dict[str, object], _get, problems=(404,),
    ),
)  # fmt: skip
