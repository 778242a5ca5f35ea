"""The running receiver: store, intake, both doors, the query endpoints and the pages, put together.

The only place that knows `receiver`, `api` and `web`.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from .api.app import OPEN, OPERATORS, add_api_routes
from .config import MIB, Config, Endpoint, GrpcProtocol, HttpProtocol, Place, SocketFile
from .errors import ConfigError
from .keys import Keyring
from .mapping.mapper import Mapper
from .mapping.prices import Prices
from .receiver.authenticators import make_authenticators
from .receiver.cors import Origins, cors
from .receiver.credentials import Credentials
from .receiver.deadlines import Deadlines
from .receiver.forwarding import Forwarding, check_exporters
from .receiver.gate import Gate
from .receiver.grpc import GrpcDoor, grpc_options
from .receiver.guard import guard
from .receiver.health import HealthDoor
from .receiver.http import HttpDoor, add_telemetry_routes, telemetry_paths
from .receiver.intake import Intake
from .receiver.ports import check_free
from .storage.sqlite.store import SqliteStore
from .web.app import add_pages

GRACE = 4.0
"""Seconds that requests inside have to finish after SIGTERM; with the last commit, stopping takes 5 at most."""

FILES = 10_240
"""File descriptors: what macOS gives one process at most."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a receiver listens (None where a door is off), the file it writes to, and where it tells its health."""

    grpc: Place | None
    http: Place | None
    database: Path
    health: Mapping[str, Place]


def run(config: Config, ready: Callable[[Listening], None], *, allow_unauthenticated: bool = False) -> None:
    """Run `serve` on an event loop of its own, uvloop's where that is installed."""
    # What is alive now stays. Rarer collections saved no time and let grpc leave 60 MiB more in cycles.
    gc.freeze()
    # The writer needs the interpreter for microseconds at a time; 5 ms, the default, is long to wait for it.
    sys.setswitchinterval(0.0005)
    _allow_connections()
    factory = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(config, ready, allow_unauthenticated=allow_unauthenticated))


def _allow_connections() -> None:
    """Take more file descriptors, where the system lets us: a thousand clients use up the 1,024 that are usual."""
    if find_spec("resource"):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def serve(config: Config, ready: Callable[[Listening], None], *, allow_unauthenticated: bool = False) -> None:
    """Receive and answer until SIGTERM or SIGINT, then finish what was accepted.

    `ready` is called once both doors are open. Raises StoreError, ConfigError and AddressInUse before that; a start
    that an address refuses makes no database.
    """
    if not allow_unauthenticated:
        check_exposure(config)
    check_files(config)
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
        forwarding = Forwarding(config.exporters, store) if config.exporters else None
        intake = Intake(store, keys, config.storage.queue_bytes_mib * MIB, forwarding)
        stack.push_async_callback(asyncio.to_thread, intake.close)
        token = secrets.token_urlsafe(32)
        checks = {id: HealthDoor(one, f"extensions.{id}", store.ready) for id, one in config.health_checks.items()}
        doors = _doors(config, intake, store, Keyring(config.projects, token))
        opened: dict[str, Place] = {}
        health: dict[str, Place] = {}
        try:
            for id, check in checks.items():
                health[id] = config.health_checks[id].endpoint.at(await check.start())
            for name, door in doors.items():
                opened[name] = config.doors[name].endpoint.at(await door.start())
            if forwarding is None:
                await asyncio.to_thread(store.register, ())
            else:
                await forwarding.start()
            if "http" in opened and (url := _own_url(config, opened["http"])):
                store.announce(url, token)
            ready(Listening(opened.get("grpc"), opened.get("http"), config.storage.path, health))
            for check in checks.values():
                check.open()
            # 50 to 130 ms that nobody waits for; the list stays, and alone it doubles what a full collection takes
            await asyncio.to_thread(Prices().load)
            gc.freeze()
            await stopped.wait()
        finally:
            for check in checks.values():
                check.close()
            ending = [doors[name].stop() for name in opened]
            await asyncio.gather(*ending, *([forwarding.stop()] if forwarding else []))
            await asyncio.gather(*(checks[id].stop() for id in health))


def _own_url(config: Config, place: Place) -> str:
    """Return where commands on this machine reach the HTTP door, "" where they cannot."""
    tls = config.http.tls if config.http else None
    if isinstance(place, SocketFile) or (tls and tls.client_ca_file):
        return ""
    return f"{'https' if tls else 'http'}://{place}"


def check_addresses(config: Config) -> None:
    """Raise AddressInUse or ConfigError for a door that cannot listen where it is told to."""
    for name, door in config.doors.items():
        check_free(door.endpoint, f"--{name}")
    for id, check in config.health_checks.items():
        check_free(check.endpoint, f"extensions.{id}.endpoint")


def check_exposure(config: Config) -> None:
    """Raise ConfigError for a door that others than this machine could reach, where nothing keeps them out."""
    if config.projects:
        return
    for name, door in config.doors.items():
        kept = door.authenticator or (door.tls and door.tls.client_ca_file)
        if isinstance(door.endpoint, Endpoint) and not door.endpoint.loopback and not kept:
            raise ConfigError(
                f"receivers.otlp.protocols.{name}.endpoint: {door.endpoint} can be reached from other machines, and "
                f"there are no keys to keep them out: listen on 127.0.0.1 (--{name} 127.0.0.1:{door.endpoint.port}), "
                "give projects keys (projects: in the configuration), name an authenticator (auth:), ask for client "
                "certificates (tls.client_ca_file), or allow it with --allow-unauthenticated"
            )


def check_files(config: Config) -> None:
    """Raise ConfigError for a certificate, a key, a password file or an upstream that cannot be used."""
    make_authenticators(config.active)
    check_exporters(config.exporters, {name: door.endpoint for name, door in config.doors.items()})
    for name, door in config.doors.items():
        _credentials(door, name)
    for id, check in config.health_checks.items():
        if check.tls:
            Credentials(check.tls, f"extensions.{id}.tls")


def _credentials(door: GrpcProtocol | HttpProtocol, name: str) -> Credentials | None:
    return Credentials(door.tls, f"receivers.otlp.protocols.{name}.tls") if door.tls else None


def _doors(config: Config, intake: Intake, store: SqliteStore, keyring: Keyring) -> dict[str, GrpcDoor | HttpDoor]:
    authenticators = make_authenticators(config.active)
    doors: dict[str, GrpcDoor | HttpDoor] = {}
    if grpc := config.grpc:
        doors["grpc"] = GrpcDoor(
            intake,
            grpc.endpoint,
            grpc.limit,
            GRACE,
            keyring,
            authenticator=authenticators.get(grpc.authenticator),
            credentials=_credentials(grpc, "grpc"),
            options=grpc_options(grpc),
        )
    if http := config.http:
        authenticator = authenticators.get(http.authenticator)
        gate = Gate(keyring, OPEN, OPERATORS, http.paths, authenticator)
        telemetry, origins = telemetry_paths(http.paths), Origins(http.cors)
        middlewares = [guard(http.endpoint, intake, origins, telemetry), gate.middleware(intake)]
        if origins.on:
            middlewares.insert(1, cors(origins, telemetry))
        app = web.Application(middlewares=middlewares, client_max_size=http.limit)
        add_telemetry_routes(app, intake, http.limit, http.paths, http.compression_algorithms)
        add_api_routes(app, store, config)
        add_pages(app, store, config)
        doors["http"] = HttpDoor(
            app,
            http.endpoint,
            GRACE,
            credentials=_credentials(http, "http"),
            deadlines=Deadlines(
                http.read_timeout, http.read_header_timeout, http.write_timeout, http.keep_alives_enabled
            ),
            idle_timeout=http.idle_timeout,
            headers={name: value.get_secret_value() for name, value in http.response_headers.items()},
        )
    return doors


def _on_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        else:
            loop.add_signal_handler(number, stopped.set)
