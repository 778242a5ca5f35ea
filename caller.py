"""Whose a request is: where the gate leaves it (`receiver/gate.py`), and all that answer over HTTP find it."""

from __future__ import annotations

from aiohttp import web

PROJECT = web.RequestKey("project", str)
"""`request[PROJECT]` is the caller's project; an open route has none."""
