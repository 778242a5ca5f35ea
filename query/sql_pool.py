"""The processes that answer SQL, from the side of who asks: started when needed, used again, ended by force.

    pool = SqlPool(path)
    pool.ask(Question("SELECT count(*) FROM traces", limit=100, seconds=10.0))  # an `SqlAnswer`, in JSON

SQLite has neither a clock nor a limit of memory that hold in every function, so a question runs where it can be killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

from ..errors import QueryTimeout, QueryTooLarge, SidetraceError, Unavailable
from .sql_wire import ERROR, Frame, Question, ask, receive, send, told

MEMORY = 2**30
"""Bytes that one process may take."""
GRACE = 1.0
"""Seconds beyond its own that a question has to end by itself: to be read, written out, and sent."""
START = 30.0
"""Seconds that a process may take to start."""
IDLE = 60.0
"""Seconds after its last answer that a process waits for more."""
GLANCE = 0.1
"""Seconds between two looks at the clock, and at whether somebody still waits."""

_OUT_OF_MEMORY = frozenset({"SIGABRT", "SIGSEGV", "SIGBUS", "SIGKILL"})
"""How a process ends by itself that gets no memory, or that the system takes for the one to go."""


class SqlPool:
    """Answers questions about the file at `path`, each in a process that has no other at that time.

    Safe to call from any thread. There are as many processes as questions at once, and none until the first.
    """

    def __init__(self, path: Path, memory: int = MEMORY, idle: float = IDLE) -> None:
        self._path = path
        self._memory = memory
        self._keep = idle
        self._idle: list[tuple[float, _Process]] = []  # the last used last
        self._busy: set[_Process] = set()
        self._changing = Lock()
        self._closed = Event()
        self._tidying = False

    def ask(self, question: Question, gone: Callable[[], bool] = lambda: False) -> bytes:
        """Return the `SqlAnswer` to a question in JSON; blocks. When `gone` says that nobody waits, the work ends.

        Raises BadQuery, QueryTooLarge, QueryTimeout, StoreError, and Unavailable when it was ended from outside.
        """
        process = self._take()
        answer = None
        try:
            answer = process.ask(question, gone)
        finally:
            self._give(process, usable=answer is not None and not answer.last)
        if answer.kind == ERROR:
            raise told(answer.body)
        return answer.body

    def close(self) -> None:
        """End all processes; what they were asked becomes Unavailable."""
        self._closed.set()
        with self._changing:
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for process in busy:
            process.end(Unavailable("sidetrace is stopping"))
        for _, process in idle:
            process.close()

    def _take(self) -> _Process:
        with self._changing:
            if self._closed.is_set():
                raise Unavailable("sidetrace is stopping")
            while self._idle:
                process = self._idle.pop()[1]
                if process.alive:
                    break
                process.close()
            else:
                process = _Process(self._path, self._memory)
            self._busy.add(process)
        return process

    def _give(self, process: _Process, usable: bool) -> None:
        with self._changing:
            self._busy.remove(process)
            if usable and process.alive and not self._closed.is_set():
                self._idle.append((time.monotonic(), process))
                if not self._tidying:
                    self._tidying = True
                    Thread(target=self._tidy, name="sidetrace-sql-idle", daemon=True).start()
                return
        process.close()

    def _tidy(self) -> None:
        """End those that nobody needed for long; runs while there are any."""
        while True:
            with self._changing:
                old = [process for since, process in self._idle if since + self._keep <= time.monotonic()]
                del self._idle[: len(old)]
                self._tidying = bool(self._idle)
                pause = self._idle[0][0] + self._keep - time.monotonic() if self._idle else 0.0
            for process in old:
                process.close()
            if pause == 0.0 or self._closed.wait(pause):
                return


class _Process:
    """One process, which answers one question after the other."""

    def __init__(self, path: Path, memory: int) -> None:
        # -P, and our own search path: a file that lies about in the working directory is no part of sidetrace.
        # It inherits the pipes alone, no socket and no lock.
        command = [sys.executable, "-P", "-m", f"{__package__}.sql_process", str(path), str(memory)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise Unavailable(f"cannot start a process for SQL: {error.strerror}") from error
        self._ready = False
        self._deadline = 0.0
        self._reason: SidetraceError | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._reason is None and self._process.poll() is None

    def ask(self, question: Question, gone: Callable[[], bool]) -> Frame:
        """Return the frame that answers. Raises why there is none."""
        late = QueryTimeout(f"the query ran longer than {question.seconds:g} s; narrow it, or raise query.sql_seconds")
        self._deadline = time.monotonic() + START
        done = Event()
        watch = Thread(target=self._watch, args=(done, gone, late), name="sidetrace-sql-watch", daemon=True)
        watch.start()
        try:
            answer = self._exchange(ask(question), question.seconds + GRACE)
        finally:
            done.set()
            watch.join()
        if answer is None:
            raise self._reason or _why(self._process.wait())
        return answer

    def _exchange(self, frame: Frame, seconds: float) -> Frame | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if not self._ready:
            if receive(self._process.stdout) is None:
                return None
            self._ready = True
        self._deadline = time.monotonic() + seconds
        with suppress(BrokenPipeError):  # it is gone, which the missing answer says too
            send(self._process.stdin, frame)
        return receive(self._process.stdout)

    def _watch(self, done: Event, gone: Callable[[], bool], late: QueryTimeout) -> None:
        while not done.wait(GLANCE):
            if gone():
                return self.end(Unavailable("whoever asked has left"))
            if time.monotonic() > self._deadline:
                return self.end(late)
        return None

    def end(self, reason: SidetraceError) -> None:
        """Kill it; whoever waits for its answer is told the reason."""
        self._reason = self._reason or reason
        self._process.kill()

    def close(self) -> None:
        """Kill it and leave nothing of it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):  # from what it did not read
                stream.close()


def _why(code: int) -> SidetraceError:
    """Say why a process ended that nobody ended."""
    name = signal.Signals(-code).name if code < 0 else ""
    if name in _OUT_OF_MEMORY:
        return QueryTooLarge(f"the query needs more memory than it may have ({name}); ask for less at a time")
    if name:
        return Unavailable(f"the process for SQL was ended ({name}); ask again")
    return SidetraceError(f"the process for SQL failed (exit {code}); standard error says why")
