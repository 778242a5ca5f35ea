"""Opening the file: what it must be, how it is brought up to date, who may write to it."""

from __future__ import annotations

import os
import sqlite3
import sys
from importlib import resources
from pathlib import Path

from ...errors import NewerSchema, NotADatabase, OlderSchema, StoreBusy, StoreError
from .views import VIEWS, script

APPLICATION_ID = 0x51DE7ACE
"""SQLite's mark of whose file it is."""
OLDEST_SQLITE = (3, 38, 0)
"""The views and filters use `->>` (3.38), the writer RETURNING (3.35)."""
PAGE_SIZE = 8192
"""8 KiB pages made the file smaller and the writes faster than 4 KiB (measured, see ARCHITECTURE.md)."""
WRITE_PATIENCE_MS = 2000
"""How long a commit waits for another program's lock before the senders are told to come again."""


def migrations() -> list[tuple[int, str]]:
    """Return (version, SQL) of every schema version, oldest first: `schema.sql`, then `migrations/NNNN_….sql`."""
    here = resources.files(__package__)
    folder = here.joinpath("migrations")
    files = folder.iterdir() if folder.is_dir() else ()  # git and wheels carry no empty folder
    later = sorted((int(f.name.split("_", 1)[0]), f.read_text("utf-8")) for f in files if f.name.endswith(".sql"))
    return [(1, here.joinpath("schema.sql").read_text("utf-8")), *later]


def open_writer(path: Path, synchronous: str = "full") -> sqlite3.Connection:
    """Open the file for its one writer, made and brought up to date as needed.

    Raises NotADatabase, NewerSchema, or StoreError where the file cannot be opened or SQLite is too old.
    """
    _check_library()
    try:
        _create(path)
        db = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=WRITE_PATIENCE_MS / 1000, cached_statements=256
        )
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"cannot open {path}: {reason}; name another file with --db") from error
    try:
        version = _version(db, path)
        if version == 0:
            db.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            # first of all, so that the file is ours however early we are stopped
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous.upper()}")
        db.execute("PRAGMA cache_size = -16384")
        db.execute("PRAGMA temp_store = MEMORY")
        _migrate(db, version)
    except sqlite3.Error as error:
        db.close()
        raise StoreError(f"cannot use {path}: {error}") from error
    except StoreError:
        db.close()
        raise
    return db


def _create(path: Path) -> None:
    """Make the file where there is none, for its owner alone: it holds what people wrote. Those beside it follow.

    One that is there keeps its mode, which somebody may have chosen.
    """
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the file for reading only.

    Raises StoreError where there is none, NotADatabase, NewerSchema, and StoreError for an older schema, which only a
    writer can bring up to date.
    """
    _check_library()
    if not path.exists():
        raise StoreError(f"no database at {path}; start `sidetrace serve` first, or name one with --db")
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=5
        )
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot open {path}: {error}") from error
    try:
        version = _version(db, path)
        db.execute("PRAGMA query_only = 1")
    except sqlite3.Error as error:
        db.close()
        raise StoreError(f"cannot read {path}: {error}") from error
    except StoreError:
        db.close()
        raise
    if version < migrations()[-1][0]:
        db.close()
        raise OlderSchema(
            f"{path} has schema version {version}; run `sidetrace serve` on it once to bring it up to date"
        )
    return db


def open_attached(path: Path, schema: str) -> sqlite3.Connection:
    """Open an empty database in memory with the file attached as `schema`, for reading only.

    The file is one that `open_reader` has taken. Raises StoreError where it is gone.
    """
    db = sqlite3.connect(":memory:", uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        db.execute(f"ATTACH ? AS {schema}", (f"{path.absolute().as_uri()}?mode=ro",))
    except sqlite3.Error as error:
        db.close()
        raise StoreError(f"cannot open {path}: {error}") from error
    return db


def check_owner(path: Path) -> None:
    """Raise NotADatabase for a file that is not ours, by its first bytes, before anything is made beside it."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(b"SQLite format 3\0"):
        raise NotADatabase(f"{path} is no SQLite database; name another file with --db")
    # https://www.sqlite.org/fileformat.html: the application id stands at byte 68
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise NotADatabase(f"{path} is another program's database; name another file with --db")


def _check_library() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise StoreError(f"sidetrace needs SQLite {needed} or newer; this Python has {sqlite3.sqlite_version}")


def _version(db: sqlite3.Connection, path: Path) -> int:
    """Return the schema version of an open file, 0 for an empty one."""
    try:
        owner = db.execute("PRAGMA application_id").fetchone()[0]
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise NotADatabase(f"{path} is no SQLite database; name another file with --db") from error
    if owner != APPLICATION_ID and (tables or version):
        raise NotADatabase(f"{path} is another program's database; name another file with --db")
    newest = migrations()[-1][0]
    if version > newest:
        raise NewerSchema(
            f"{path} has schema version {version}, this sidetrace knows up to {newest}; use a newer sidetrace"
        )
    return version


def _migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring the schema from `version` to the newest in one transaction, and the views with it."""
    steps = "".join(sql for number, sql in migrations() if number > version)
    newest = migrations()[-1][0]
    held = {row[0] for row in db.execute("SELECT sql FROM sqlite_schema WHERE type = 'view'")}
    if not steps and held == {view.sql(name) for name, view in VIEWS.items()}:
        return
    try:
        db.executescript(
            f"BEGIN IMMEDIATE; {steps} {script()} PRAGMA application_id = {APPLICATION_ID};"
            f" PRAGMA user_version = {newest}; COMMIT;"
        )
    except sqlite3.Error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


class Lock:
    """Keeps a second receiver off the file: an advisory lock on a file beside it that holds our process id.

    A second line may say where that process answers over HTTP, and a third by which token it knows the owner of the
    file, who alone may read this one.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises StoreBusy, naming the process that holds it."""
        self._file = open(f"{path}.lock", "a+", encoding="ascii", opener=_private)  # noqa: SIM115  # until release()
        try:
            _lock(self._file.fileno())
        except OSError as error:
            self._file.seek(0)
            holder, url, token = [*map(str.strip, self._file.read().split("\n")), "", ""][:3]
            self._file.close()
            message = f"{path} is in use by another sidetrace (process {holder or 'unknown'}); stop it or use --db"
            raise StoreBusy(message, url, token) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def announce(self, url: str, token: str = "") -> None:
        """Write where the holder answers over HTTP, and the token, for those who find the file taken."""
        self._file.write(f"\n{url}\n{token}")
        self._file.flush()

    def release(self) -> None:
        """Give the lock back."""
        self._file.close()


def _private(path: str, flags: int) -> int:
    """Open a file for its owner alone, also one that an older version left readable."""
    handle = os.open(path, flags, 0o600)
    if sys.platform != "win32" and os.fstat(handle).st_mode & 0o077:
        try:
            os.fchmod(handle, 0o600)
        except OSError:
            os.close(handle)
            raise
    return handle


if sys.platform == "win32":
    import msvcrt

    def _lock(fileno: int) -> None:
        # byte 100: outside the process id, which others must be able to read
        os.lseek(fileno, 100, os.SEEK_SET)
        msvcrt.locking(fileno, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fileno: int) -> None:
        fcntl.flock(fileno, fcntl.LOCK_EX | fcntl.LOCK_NB)
