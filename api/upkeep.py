"""Keeping house: what was received and refused, and mapping anew."""

from __future__ import annotations

from ..query.doctor import Doctor, doctor
from ..query.remapping import Remap, remapping, start_remap
from .route import Route

ROUTES = (
    Route(
        "GET", "/api/doctor", "Show what was received, stored and refused, and why", Doctor,
        lambda call: doctor(call.store),
    ),
    Route(
        "POST", "/api/remap", "Map all stored spans anew, beside what arrives", Remap,
        lambda call: start_remap(call.store), problems=(503,),
    ),
    Route(
        "GET", "/api/remap", "Say how far the last remap has come", Remap,
        lambda call: remapping(call.store),
    ),
)  # fmt: skip
