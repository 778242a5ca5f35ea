"""`sidetrace serve`: runs the receiver."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ..config import Endpoint, Project, load
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
        "receivers.otlp.protocols.grpc.endpoint": grpc,
        "receivers.otlp.protocols.http.endpoint": http,
    }
    settings = load(config, flags)
    run(
        settings,
        lambda listening: announce(listening, settings.projects),
        allow_unauthenticated=allow_unauthenticated,
    )


def announce(listening: Listening, projects: Mapping[str, Project]) -> None:
    """Print where the receiver listens, the file, and what to export in an application; of keys, how they are called.

    What is printed holds no key: a shell puts those in from variables that are named as in `projects:`.
    """
    grpc, http = listening.grpc, listening.http
    pair = any(keys.public_key for keys in projects.values())
    token = any(keys.bearer_token for keys in projects.values())
    header = [f"  export OTEL_EXPORTER_OTLP_HEADERS={BEARER if token else BASIC}"] if projects else []
    show("sidetrace is listening; Ctrl-C stops it.")
    show(f"  OTLP/gRPC  {grpc or 'off'}")
    show(f"  OTLP/HTTP  {http or 'off'}")
    show(f"  database   {clean(listening.database)}")
    if projects:
        names = ["$PUBLIC_KEY", "$SECRET_KEY"] * pair + ["$BEARER_TOKEN"] * token
        show(
            f"  projects   {', '.join(projects)}",
            "",
            "Every request needs the keys or the token of a project (projects: in the configuration).",
            f"Below, {', '.join(names)} stand for them." if len(names) > 1 else f"Below, {names[0]} stands for it.",
        )
    if http:
        show(
            "",
            "In an application with an OpenTelemetry SDK:",
            f"  export OTEL_EXPORTER_OTLP_ENDPOINT={url(http)}",
            "  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            *header,
        )
    if grpc:
        show(
            "",
            "over gRPC:" if http else "In an application with an OpenTelemetry SDK:",
            f"  export OTEL_EXPORTER_OTLP_ENDPOINT={url(grpc)}",
            "  export OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            *header,
        )
    if http and (pair or not projects):
        show(
            "",
            "with a Langfuse SDK:",
            f"  export LANGFUSE_BASE_URL={url(http)}",
            f"  export LANGFUSE_HOST={url(http)}",
            *(
                ('  export LANGFUSE_PUBLIC_KEY="$PUBLIC_KEY"', '  export LANGFUSE_SECRET_KEY="$SECRET_KEY"')
                if pair
                else ("  export LANGFUSE_PUBLIC_KEY=pk-lf-local", "  export LANGFUSE_SECRET_KEY=sk-lf-local")
            ),
        )


def url(endpoint: Endpoint) -> str:
    """Return the URL at which an application on this machine reaches an endpoint."""
    return f"http://{Endpoint('localhost', endpoint.port) if endpoint.host in ANYWHERE else endpoint}"
