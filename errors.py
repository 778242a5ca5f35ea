"""Every error that sidetrace raises on purpose, and what each means to a caller.

    SidetraceError                    anything below
    ├── BadRequest                    the caller sent something that cannot be used        400
    │   ├── UndecodableBody           bytes that are no OTLP, or broken compression        400
    │   ├── BadParameter              a query parameter or filter that cannot be used      400
    │   └── BadQuery                  SQL that is broken, writes, or reaches too far       400
    │       └── QueryTooLarge         SQL that needs more memory than a question may have  400
    ├── MethodNotAllowed              405
    ├── UnsupportedMedia              a content type that is not OTLP                      415
    ├── TooLarge                      a body over the limit, before or after decompression 413
    ├── NotFound                      no such session, trace, user or observation          404
    ├── QueryTimeout                  a question that ran past its time limit              408
    ├── Unauthorized                  a request without a key of a project, or a wrong one 401
    ├── Forbidden                     a foreign origin or host, or an act of the operator  403
    ├── Unavailable                   cannot store now; try again in a few seconds         503
    ├── StoreError                    the file cannot be used at all                       exit 3
    │   ├── NotADatabase
    │   ├── NewerSchema
    │   └── StoreBusy                 another sidetrace holds the file
    ├── ConfigError                   a configuration that cannot be honoured              exit 1
    └── AddressInUse                  a port that somebody else holds                      exit 4

`MEANING` is the one table from error to HTTP status, gRPC status code and process exit code.
"""

from __future__ import annotations

from typing import NamedTuple


class SidetraceError(Exception):
    """Base of all errors; `str(error)` is one line that says what, where and what to do."""


class BadRequest(SidetraceError):
    """The caller sent something that cannot be used."""


class UndecodableBody(BadRequest):
    """A request body that is no OTLP message, or whose compression is broken."""


class BadParameter(BadRequest):
    """A query parameter, path part or filter that cannot be used; `name` says which."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


class BadQuery(BadRequest):
    """SQL that is broken, that writes, or that reaches beyond the public views."""


class QueryTooLarge(BadQuery):
    """SQL that needs more memory than one question may have."""


class MethodNotAllowed(SidetraceError):
    """An HTTP method that this path does not take."""


class UnsupportedMedia(SidetraceError):
    """A content type that is neither application/x-protobuf nor application/json."""


class TooLarge(SidetraceError):
    """A body over its limit, before or after decompression."""


class NotFound(SidetraceError):
    """No such session, trace, user or observation."""


class QueryTimeout(SidetraceError):
    """A question that ran past its time limit."""


class Unauthorized(SidetraceError):
    """A request without a key of a project, or with one that no project has; never says what was sent."""


class Forbidden(SidetraceError):
    """A request from a foreign browser origin or for a foreign host name, or what only the operator may ask."""


class Unavailable(SidetraceError):
    """Cannot store now (queue full, disk refuses, shutting down); `retry_after` is in seconds."""

    def __init__(self, problem: str, retry_after: int = 1) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class StoreError(SidetraceError):
    """The database file cannot be used at all."""


class NotADatabase(StoreError):
    """The file is not a sidetrace database."""


class NewerSchema(StoreError):
    """The file was written by a newer sidetrace."""


class OlderSchema(StoreError):
    """A file that only a writer can bring up to date."""


class StoreBusy(StoreError):
    """Another sidetrace receiver holds the file.

    `url` is where it answers over HTTP, "" where that is not known, and `token` what it knows the file's owner by.
    """

    def __init__(self, message: str, url: str = "", token: str = "") -> None:
        """Keep where the holder answers, and to whom."""
        super().__init__(message)
        self.url = url
        self.token = token


class ConfigError(SidetraceError):
    """A configuration that cannot be honoured."""


class AddressInUse(SidetraceError):
    """A port that somebody else holds."""


class Meaning(NamedTuple):
    """What an error means outside: HTTP status, gRPC status code, process exit code."""

    http: int
    grpc: int
    exit: int


# gRPC codes: 3 INVALID_ARGUMENT, 4 DEADLINE_EXCEEDED, 5 NOT_FOUND, 7 PERMISSION_DENIED, 8 RESOURCE_EXHAUSTED,
# 12 UNIMPLEMENTED, 13 INTERNAL (what the Collector answers to an undecodable message), 14 UNAVAILABLE,
# 16 UNAUTHENTICATED.
MEANING: dict[type[SidetraceError], Meaning] = {
    UndecodableBody: Meaning(400, 13, 2),
    BadRequest: Meaning(400, 3, 2),
    MethodNotAllowed: Meaning(405, 12, 2),
    UnsupportedMedia: Meaning(415, 3, 2),
    TooLarge: Meaning(413, 8, 2),
    NotFound: Meaning(404, 5, 1),
    QueryTimeout: Meaning(408, 4, 2),
    Unauthorized: Meaning(401, 16, 2),
    Forbidden: Meaning(403, 7, 2),
    Unavailable: Meaning(503, 14, 3),
    StoreError: Meaning(503, 14, 3),
    ConfigError: Meaning(500, 13, 1),
    AddressInUse: Meaning(500, 13, 4),
    SidetraceError: Meaning(500, 13, 1),
}


def meaning(error: SidetraceError) -> Meaning:
    """Return what `error` means outside: the entry of its nearest class in `MEANING`."""
    return next(MEANING[kind] for kind in type(error).__mro__ if kind in MEANING)
