"""The OTLP messages as one table: field number -> OTLP/JSON name and kind (trace.proto, logs.proto, common.proto).

`tree` reads and writes the protobuf wire format by it; `json` takes from it the snake_case names that it accepts.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Field(NamedTuple):
    """A field: its lowerCamel name, its kind (a scalar kind, or the name of a message), whether it repeats."""

    name: str
    kind: str
    repeated: bool = False


_ATTRIBUTES = Field("attributes", "KeyValue", True)

MESSAGES: dict[str, dict[int, Field]] = {
    "Resource": {
        1: _ATTRIBUTES,
        2: Field("droppedAttributesCount", "uint32"),
        3: Field("entityRefs", "EntityRef", True),
    },
    "EntityRef": {
        1: Field("schemaUrl", "string"),
        2: Field("type", "string"),
        3: Field("idKeys", "string", True),
        4: Field("descriptionKeys", "string", True),
    },
    "InstrumentationScope": {
        1: Field("name", "string"),
        2: Field("version", "string"),
        3: _ATTRIBUTES,
        4: Field("droppedAttributesCount", "uint32"),
    },
    "Span": {
        1: Field("traceId", "id"),
        2: Field("spanId", "id"),
        3: Field("traceState", "string"),
        4: Field("parentSpanId", "id"),
        5: Field("name", "string"),
        6: Field("kind", "kind"),
        7: Field("startTimeUnixNano", "fixed64"),
        8: Field("endTimeUnixNano", "fixed64"),
        9: _ATTRIBUTES,
        10: Field("droppedAttributesCount", "uint32"),
        11: Field("events", "Event", True),
        12: Field("droppedEventsCount", "uint32"),
        13: Field("links", "Link", True),
        14: Field("droppedLinksCount", "uint32"),
        15: Field("status", "Status"),
        16: Field("flags", "fixed32"),
    },
    "Event": {
        1: Field("timeUnixNano", "fixed64"),
        2: Field("name", "string"),
        3: _ATTRIBUTES,
        4: Field("droppedAttributesCount", "uint32"),
    },
    "Link": {
        1: Field("traceId", "id"),
        2: Field("spanId", "id"),
        3: Field("traceState", "string"),
        4: _ATTRIBUTES,
        5: Field("droppedAttributesCount", "uint32"),
        6: Field("flags", "fixed32"),
    },
    "LogRecord": {
        1: Field("timeUnixNano", "fixed64"),
        2: Field("severityNumber", "severity"),
        3: Field("severityText", "string"),
        5: Field("body", "AnyValue"),
        6: _ATTRIBUTES,
        7: Field("droppedAttributesCount", "uint32"),
        8: Field("flags", "fixed32"),
        9: Field("traceId", "id"),
        10: Field("spanId", "id"),
        11: Field("observedTimeUnixNano", "fixed64"),
        12: Field("eventName", "string"),
    },
    "Status": {2: Field("message", "string"), 3: Field("code", "status")},
    "KeyValue": {1: Field("key", "string"), 2: Field("value", "AnyValue"), 3: Field("keyStrindex", "int32")},
    "AnyValue": {
        1: Field("stringValue", "string"),
        2: Field("boolValue", "bool"),
        3: Field("intValue", "int64"),
        4: Field("doubleValue", "double"),
        5: Field("arrayValue", "ArrayValue"),
        6: Field("kvlistValue", "KeyValueList"),
        7: Field("bytesValue", "bytes"),
        8: Field("stringValueStrindex", "int32"),
    },
    "ArrayValue": {1: Field("values", "AnyValue", True)},
    "KeyValueList": {1: Field("values", "KeyValue", True)},
}

ONE_OF = frozenset({"AnyValue"})
"""Messages of which at most one field is set: the last that came."""

MAX_DEPTH = 128
"""How deep attribute values and bodies may nest. upb stops at 47 arrays or 31 key-value lists; others know no limit.

128 levels cost fewer than 500 frames of recursion here, half of what Python allows, and stay below the 254 levels
that orjson writes and the 1024 that it reads (a level is three or four of those in OTLP/JSON).
"""


def snake(name: str) -> str:
    """Return the proto field name of a lowerCamel name."""
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


SNAKE: dict[str, dict[str, str]] = {
    message: {snake(field.name): field.name for field in fields.values() if snake(field.name) != field.name}
    for message, fields in MESSAGES.items()
}
"""The snake_case names of each message that differ from the lowerCamel name -> that name."""

CAMEL: dict[str, dict[str, str]] = {
    message: SNAKE[message] | {field.name: field.name for field in fields.values()}
    for message, fields in MESSAGES.items()
}
"""Every name that a JSON key may have, snake_case or lowerCamel -> the lowerCamel name, for each message."""
