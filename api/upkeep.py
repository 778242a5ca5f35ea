"""Keeping house: what was received and refused, and mapping anew."""

from __future__ import annotations

from ..query.doctor import Doctor, doctor
from ..query.remapping import Remap, remapping, start_remap
from .route import Route

ROUTES = (
    Route(
        "GET", "/api/doctor", "Show what was received, stored and refused, and why", Doctor,
        lambda call: doctor(call.store, call.project if call.config.projects else None),
    ),
    Route(
        "POST", "/api/remap", "Map all stored spans anew, beside what arrives", Remap,
        lambda call: start_remap(call.store), problems=(403, 503), operator="sidetrace remap",
    ),
    Route(
        "GET", "/api/remap", "Say how far the last remap has come", Remap,
        lambda call: remapping(call.store), problems=(403,), operator="sidetrace remap",
    ),
)  # fmt: skip
