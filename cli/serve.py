"""`sidetrace serve`: runs the receiver."""

from __future__ import annotations

from pathlib import Path

import click

from ..config import Config, Endpoint, GrpcProtocol, HttpProtocol, Place, load
from ..server import Listening, run
from . import options
from .output import clean, show

ANYWHERE = frozenset({"127.0.0.1", "0.0.0.0", "::", "::1"})
"""Addresses that an application on this machine reaches as `localhost`."""
# In this variable blanks are written as %20, and gRPC takes names in lower case only.
BEARER = '"authorization=Bearer%20$BEARER_TOKEN"'
BASIC = '"authorization=Basic%20$(printf %s "$PUBLIC_KEY:$SECRET_KEY" | base64 | tr -d "\\n")"'


def address(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return `host:port` as it was given; refuse anything else, naming the option."""
    if value is not None:
        try:
            Endpoint.parse(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


@click.command(short_help="Run the receiver: OTLP in, over gRPC and HTTP.")
@click.option(
    "--config", metavar="F", type=click.Path(path_type=Path), help="The configuration file (config.example.yaml)."
)
@click.option("--grpc", metavar="HOST:PORT", callback=address, help="Where to take OTLP/gRPC; else 127.0.0.1:4317.")
@click.option("--http", metavar="HOST:PORT", callback=address, help="Where to take OTLP/HTTP; else 127.0.0.1:4318.")
@click.option("--allow-unauthenticated", is_flag=True, help="Listen beyond loopback though no keys are configured.")
@options.db
def command(
    config: Path | None, grpc: str | None, http: str | None, allow_unauthenticated: bool, db: Path | None
) -> None:
    """Run the receiver until SIGTERM or Ctrl-C, then finish what was accepted. Flags override the file."""
    flags = {
        "storage.path": None if db is None else str(db),
        **placed("grpc", grpc),
        **placed("http", http),
    }
    settings = load(config, flags)
    run(
        settings,
        lambda listening: announce(listening, settings),
        allow_unauthenticated=allow_unauthenticated,
    )


def placed(door: str, address: str | None) -> dict[str, str]:
    """Return what a flag for the address of a door sets: its transport as well, for the file may have a Unix socket."""
    if address is None:
        return {}
    place = f"receivers.otlp.protocols.{door}"
    return {f"{place}.transport": "tcp", f"{place}.endpoint": address}


def announce(listening: Listening, settings: Config) -> None:
    """Print where the receiver listens, the file, and what to export in an application; of keys, how they are called.

    What is printed holds no key: a shell puts those in from variables that are named as in `projects:`.
    """
    projects = settings.projects
    pair = any(keys.public_key for keys in projects.values())
    token = any(keys.bearer_token for keys in projects.values())
    header = [f"  export OTEL_EXPORTER_OTLP_HEADERS={BEARER if token else BASIC}"] if projects else []
    show("sidetrace is listening; Ctrl-C stops it.")
    show_places(listening, settings)
    if projects:
        names = ["$PUBLIC_KEY", "$SECRET_KEY"] * pair + ["$BEARER_TOKEN"] * token
        show(
            "",
            "Every request needs the keys or the token of a project (projects: in the configuration).",
            f"Below, {', '.join(names)} stand for them." if len(names) > 1 else f"Below, {names[0]} stands for it.",
        )
    kept = [f"{door.authenticator} ({name})" for name, door in settings.doors.items() if door.authenticator]
    if kept:
        show(
            "", f"Every request needs what its door asks for: {', '.join(kept)}; see extensions: in the configuration."
        )
    http = url(listening.http, settings.http)
    grpc = url(listening.grpc, settings.grpc)
    if http:
        show(
            "",
            "In an application with an OpenTelemetry SDK:",
            f"  export OTEL_EXPORTER_OTLP_ENDPOINT={http}",
            "  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            *header,
        )
    if grpc:
        show(
            "",
            "over gRPC:" if http else "In an application with an OpenTelemetry SDK:",
            f"  export OTEL_EXPORTER_OTLP_ENDPOINT={grpc}",
            "  export OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            *header,
        )
    if http and (pair or not (projects or kept)):
        show(
            "",
            "with a Langfuse SDK:",
            f"  export LANGFUSE_BASE_URL={http}",
            f"  export LANGFUSE_HOST={http}",
            *(
                ('  export LANGFUSE_PUBLIC_KEY="$PUBLIC_KEY"', '  export LANGFUSE_SECRET_KEY="$SECRET_KEY"')
                if pair
                else ("  export LANGFUSE_PUBLIC_KEY=pk-lf-local", "  export LANGFUSE_SECRET_KEY=sk-lf-local")
            ),
        )


def show_places(listening: Listening, settings: Config) -> None:
    """Print where each door listens and what it asks for, the file, and the projects."""
    show(f"  OTLP/gRPC  {place(listening.grpc, settings.grpc)}")
    show(f"  OTLP/HTTP  {place(listening.http, settings.http)}")
    for id, where in listening.health.items():
        check = settings.health_checks[id]
        show(f"  health     {where}{check.path if isinstance(where, Endpoint) else ''}{', TLS' if check.tls else ''}")
    show(f"  database   {clean(listening.database)}")
    for id, exporter in settings.exporters.items():
        hosts = dict.fromkeys(str(Endpoint(*where)) if where[1] else where[0] for where in exporter.places)
        show(f"  sends to   {clean(', '.join(hosts))} ({id})")
    if settings.projects:
        show(f"  projects   {', '.join(settings.projects)}")


def place(where: Place | None, door: GrpcProtocol | HttpProtocol | None) -> str:
    """Return where a door listens, and in what way not as it does by itself."""
    if where is None or door is None:
        return "off"
    ways = [
        "TLS" if door.tls else "",
        "client certificates" if door.tls and door.tls.client_ca_file else "",
        door.authenticator,
    ]
    return " ".join([clean(where), f"({', '.join(filter(None, ways))})" if any(ways) else ""]).rstrip()


def url(where: Place | None, door: GrpcProtocol | HttpProtocol | None) -> str:
    """Return the URL at which an application on this machine reaches a door, "" where it cannot by one."""
    if where is None or door is None:
        return ""
    if not isinstance(where, Endpoint):
        return f"unix://{clean(Path(where.path).absolute())}" if isinstance(door, GrpcProtocol) else ""
    scheme = "https" if door.tls else "http"
    return f"{scheme}://{Endpoint('localhost', where.port) if where.host in ANYWHERE else where}"
