"""`sidetrace validate`: whether `serve` would take a configuration, and where it would listen."""

from __future__ import annotations

from pathlib import Path

import click

from ..config import load
from ..server import Listening, check_exposure, check_files
from . import options
from .output import clean, show
from .serve import show_places


@click.command(short_help="Check a configuration file without starting anything.")
@click.option(
    "--config",
    metavar="F",
    type=click.Path(path_type=Path),
    required=True,
    help="The configuration file (config.example.yaml).",
)
@click.option("--allow-unauthenticated", is_flag=True, help="As for `serve`.")
@options.db
def command(config: Path, allow_unauthenticated: bool, db: Path | None) -> None:
    """Check a configuration file, and the certificates and password files that it names; say where it would listen.

    Nothing is opened or made. Exit code 1 for a configuration that `serve` would refuse.
    """
    settings = load(config, {"storage.path": None if db is None else str(db)})
    if not allow_unauthenticated:
        check_exposure(settings)
    check_files(settings)
    doors = {name: door.endpoint for name, door in settings.doors.items()}
    health = {id: check.endpoint for id, check in settings.health_checks.items()}
    show(f"{clean(config)} can be used; with it, `sidetrace serve` listens here:")
    show_places(Listening(doors.get("grpc"), doors.get("http"), settings.storage.path, health), settings)
