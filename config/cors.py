"""`cors` of the HTTP door: which pages of browsers may send telemetry."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from .headers import is_token
from .section import Section
from .values import Texts, Whole


class Cors(Section):
    """`cors`: which pages of browsers may send telemetry; off where no origin is named."""

    allowed_origins: Texts = []
    allowed_headers: Texts = []
    exposed_headers: Texts = []
    max_age: Whole = Field(default=0, ge=0, lt=2**31)

    @field_validator("allowed_origins", mode="after")
    @classmethod
    def _patterns(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not origin or origin.count("*") > 1 or origin.endswith("/"):
                raise ValueError(f"expected origins such as https://app.example or https://*.example, got {origin!r}")
        return origins

    @field_validator("allowed_headers", "exposed_headers", mode="after")
    @classmethod
    def _names(cls, names: list[str]) -> list[str]:
        for name in names:
            if name != "*" and not is_token(name):
                raise ValueError(f"expected names of headers, got {name!r}")
        return names

    @model_validator(mode="after")
    def _on(self) -> Cors:
        if not self.allowed_origins and (self.allowed_headers or self.exposed_headers or self.max_age):
            raise ValueError("allowed_origins: names no origin, so that the other keys would do nothing")
        return self
