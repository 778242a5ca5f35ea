"""The running receiver: store, intake, both doors, the query endpoints and the pages, put together.

The only place that knows `receiver`, `api` and `web`.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from .api.app import OPEN, OPERATORS, add_api_routes
from .config import MIB, Config, Endpoint
from .errors import ConfigError
from .keys import Keyring
from .mapping.mapper import Mapper
from .mapping.prices import Prices
from .receiver.gate import Gate
from .receiver.grpc import GrpcDoor
from .receiver.guard import guard
from .receiver.http import HttpDoor, add_telemetry_routes
from .receiver.intake import Intake
from .receiver.ports import check_free
from .storage.sqlite.store import SqliteStore
from .web.app import add_pages

GRACE = 4.0
"""Seconds that requests inside have to finish after SIGTERM; with the last commit, stopping takes 5 at most."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a receiver listens (None where a door is off) and the file it writes to."""

    grpc: Endpoint | None
    http: Endpoint | None
    database: Path


def run(config: Config, ready: Callable[[Listening], None], *, allow_unauthenticated: bool = False) -> None:
    """Run `serve` on an event loop of its own, uvloop's where that is installed."""
    # What is alive now stays. Rarer collections saved no time and let grpc leave 60 MiB more in cycles.
    gc.freeze()
    # The writer needs the interpreter for microseconds at a time; 5 ms, the default, is long to wait for it.
    sys.setswitchinterval(0.0005)
    factory = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(config, ready, allow_unauthenticated=allow_unauthenticated))


async def serve(config: Config, ready: Callable[[Listening], None], *, allow_unauthenticated: bool = False) -> None:
    """Receive and answer until SIGTERM or SIGINT, then finish what was accepted.

    `ready` is called once both doors are open. Raises StoreError, ConfigError and AddressInUse before that; a start
    that an address refuses makes no database.
    """
    if not allow_unauthenticated:
        check_exposure(config)
    check_addresses(config)
    stopped = asyncio.Event()
    _on_signals(stopped)
    async with AsyncExitStack() as stack:
        keys = config.mapping.extra_keys()
        store = SqliteStore.open(
            config.storage.path,
            Mapper(keys),
            queue_spans=config.storage.queue_spans,
            synchronous=config.storage.synchronous,
        )
        stack.push_async_callback(asyncio.to_thread, store.close)
        intake = Intake(store, keys, config.storage.queue_bytes_mib * MIB)
        stack.push_async_callback(asyncio.to_thread, intake.close)
        token = secrets.token_urlsafe(32)
        doors = _doors(config, intake, store, Keyring(config.projects, token))
        opened: dict[str, Endpoint] = {}
        try:
            for name, (door, endpoint) in doors.items():
                opened[name] = endpoint._replace(port=await door.start())
            if "http" in opened:
                store.announce(f"http://{opened['http']}", token)
            ready(Listening(opened.get("grpc"), opened.get("http"), config.storage.path))
            # 50 to 130 ms that nobody waits for; the list stays, and alone it doubles what a full collection takes
            await asyncio.to_thread(Prices().load)
            gc.freeze()
            await stopped.wait()
        finally:
            await asyncio.gather(*(doors[name][0].stop() for name in opened))


def check_addresses(config: Config) -> None:
    """Raise AddressInUse or ConfigError for a door that cannot listen where it is told to."""
    for flag, door in (("--grpc", config.grpc), ("--http", config.http)):
        if door is not None:
            check_free(door.endpoint, flag)


def check_exposure(config: Config) -> None:
    """Raise ConfigError for a door that others than this machine could reach, where no keys keep them out."""
    if config.projects:
        return
    for flag, door in (("--grpc", config.grpc), ("--http", config.http)):
        if door is not None and not door.endpoint.loopback:
            raise ConfigError(
                f"{door.endpoint} can be reached from other machines, and there are no keys to keep them out: "
                f"listen on 127.0.0.1 ({flag} 127.0.0.1:{door.endpoint.port}), give projects keys (projects: in the "
                "configuration), or allow it with --allow-unauthenticated"
            )


def _doors(
    config: Config, intake: Intake, store: SqliteStore, keyring: Keyring
) -> dict[str, tuple[GrpcDoor | HttpDoor, Endpoint]]:
    doors: dict[str, tuple[GrpcDoor | HttpDoor, Endpoint]] = {}
    if grpc := config.grpc:
        doors["grpc"] = GrpcDoor(intake, grpc.endpoint, grpc.limit, GRACE, keyring), grpc.endpoint
    if http := config.http:
        gate = Gate(keyring, OPEN, OPERATORS, http.paths)
        app = web.Application(
            middlewares=[guard(http.endpoint, intake), gate.middleware(intake)], client_max_size=http.limit
        )
        add_telemetry_routes(app, intake, http.limit, http.paths)
        add_api_routes(app, store, config)
        add_pages(app, store, config)
        doors["http"] = HttpDoor(app, http.endpoint, GRACE), http.endpoint
    return doors


def _on_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        else:
            loop.add_signal_handler(number, stopped.set)
