"""The process in which questions in SQL run: read from standard input, answered on standard output, one by one.

    python -m sidetrace.query.sql_process FILE MEMORY

It may take MEMORY bytes and be killed at any moment, so nothing that a question does can hurt the server: this is the
outer wall, `storage.sqlite.sandbox` the inner one. It ends when its input does, in the middle of a question too. It
imports only what it needs, since the first question waits for its start.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import IO

from ..errors import BadQuery, QueryTooLarge, SidetraceError
from ..storage.selection import Table
from ..storage.sqlite.fence import open_question
from ..storage.sqlite.sandbox import answer
from .dialect import pointed, translate
from .encode import encode
from .sql_wire import ANSWER, ERROR, READY, Frame, Question, asked, receive, send, tell

NICENESS = 10
"""Receiving, and answering others, goes first: at 10 a busy process gets a tenth of what one of 0 beside it gets."""
RESIDENT = 128 * 2**20
"""Bytes that a process may hold after an answer; one that holds more is replaced by a new one."""


def main() -> None:
    """Answer until the input ends."""
    path, memory = Path(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to us as well, and is for the other side to judge
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print belongs elsewhere
    bound(memory)
    questions: SimpleQueue[Question] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, questions), daemon=True).start()
    send(answers, Frame(READY))
    while True:
        kind, body = _answered(path, questions.get())
        send(answers, Frame(kind, body, last=_resident() > RESIDENT))


def bound(memory: int) -> None:
    """Let this process have `memory` bytes at most and files of no more, and let others go first.

    Where the system has no such limits (Windows), SQLite's own still holds.
    """
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"PRAGMA hard_heap_limit = {memory // 4 * 3}")  # of all connections; the rest is for Python
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if sys.platform == "win32":
        return
    import resource

    # files: what is sorted is written to a temporary one where it is large
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, memory), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            if sys.platform != "darwin":  # which has the address space's limit by name only
                raise


def _listen(stream: IO[bytes], questions: SimpleQueue[Question]) -> None:
    """Take questions in; when there is nobody left to ask, end at once, whatever runs."""
    while (frame := receive(stream)) is not None:
        questions.put(asked(frame))
    os._exit(0)


def _answered(path: Path, question: Question) -> tuple[bytes, bytes]:
    """Return the kind and the body of an answer."""
    try:
        table = _ask(path, question)
        body = {
            "columns": [{"name": name, "type": kind} for name, kind in table.columns],
            "rows": table.rows,
            "truncated": table.truncated,
            "elapsedMs": table.elapsed_ms,
        }
        return ANSWER, encode(body)
    except SidetraceError as error:
        return ERROR, tell(error)
    except MemoryError:
        return ERROR, tell(QueryTooLarge("the query needs more memory than it may have; ask for less at a time"))


def _ask(path: Path, question: Question) -> Table:
    translated = translate(question.query, question.dialect, datetime.now(UTC))
    with closing(open_question(path, question.project, translated.sql)) as db:
        try:
            return answer(db, translated.sql, question.limit, question.seconds, Event(), translated.functions)
        except BadQuery as error:
            if translated.dialect == "postgres" or isinstance(error, QueryTooLarge):
                raise
            raise BadQuery(pointed(question.query, str(error))) from error


def _resident() -> int:
    """Bytes of memory in use, 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except FileNotFoundError:
        return 0


if __name__ == "__main__":
    main()
