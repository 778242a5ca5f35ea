"""What the property tests of all signals share: any values, their plain reading, bodies as JSON and damaged."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

IDS = {"traceId", "spanId", "parentSpanId"}


def a_list(values: list[AnyValue]) -> AnyValue:
    value = AnyValue()
    value.array_value.SetInParent()
    value.array_value.values.extend(values)
    return value


def a_kvlist(members: list[KeyValue]) -> AnyValue:
    value = AnyValue()
    value.kvlist_value.SetInParent()
    value.kvlist_value.values.extend(members)
    return value


def key_values(values: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[KeyValue]:
    keys = st.sampled_from(["", "a", "b", "key", "traceId"]) | st.text(max_size=8)
    with_value = st.builds(lambda key, value: KeyValue(key=key, value=value), keys, values)
    return with_value | with_value | st.builds(lambda key: KeyValue(key=key), keys)


floats = st.floats().map(lambda number: math.nan if math.isnan(number) else number)  # JSON has one NaN, not 2^52
scalars = (
    st.builds(lambda v: AnyValue(string_value=v), st.text(max_size=12))
    | st.builds(lambda v: AnyValue(bool_value=v), st.booleans())
    | st.builds(lambda v: AnyValue(int_value=v), st.integers(-(2**63), 2**63 - 1))
    | st.builds(lambda v: AnyValue(double_value=v), floats)
    | st.builds(lambda v: AnyValue(bytes_value=v), st.binary(max_size=8))
    | st.just(AnyValue())
    | st.builds(lambda v: AnyValue(string_value_strindex=v), st.integers(-(2**31), 2**31 - 1))
)
any_values = st.recursive(
    scalars,
    lambda inner: (
        st.builds(a_list, st.lists(inner, max_size=3)) | st.builds(a_kvlist, st.lists(key_values(inner), max_size=3))
    ),
    max_leaves=6,
)
attributes = st.lists(key_values(any_values), max_size=4)
counts = st.just(0) | st.integers(0, 2**32 - 1)
nanos = st.just(0) | st.integers(0, 2**64 - 1)


scopes = st.builds(
    InstrumentationScope, name=st.text(max_size=4), version=st.text(max_size=4), attributes=attributes,
    dropped_attributes_count=counts,
)  # fmt: skip
resources = st.builds(Resource, attributes=attributes, dropped_attributes_count=counts)


def otlp_json(message: Any) -> bytes:
    """The request as OTLP/JSON: what protobuf's own JSON gives, but with ids in hex."""

    def with_hex_ids(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                name: base64.b64decode(value).hex() if name in IDS else with_hex_ids(value)
                for name, value in node.items()
            }
        return [with_hex_ids(member) for member in node] if isinstance(node, list) else node

    return json.dumps(with_hex_ids(MessageToDict(message))).encode()


def reading(value: AnyValue) -> Any:
    """The plain reading of a value, as slowly and as obviously as possible."""
    kind = value.WhichOneof("value")
    if kind is None or kind == "string_value_strindex":
        return None
    if kind == "array_value":
        return [reading(member) for member in value.array_value.values]
    if kind == "kvlist_value":
        return readings(value.kvlist_value.values)
    return getattr(value, kind)


def readings(items: Any) -> dict[str, Any]:
    found = {}
    for item in items:
        found[item.key] = reading(item.value)
    return found


def holds(value: AnyValue) -> bool:
    """Whether plain JSON holds the value exactly."""
    kind = value.WhichOneof("value")
    if kind in ("bytes_value", "string_value_strindex"):
        return False
    if kind == "double_value":
        return math.isfinite(value.double_value)
    if kind == "array_value":
        return all(holds(member) for member in value.array_value.values)
    return kind != "kvlist_value" or all_hold(value.kvlist_value.values)


def all_hold(items: Any) -> bool:
    return len({item.key for item in items}) == len(items) and all(holds(item.value) for item in items)


def field(number: int, payload: bytes) -> bytes:
    size, length = len(payload), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + payload


@st.composite
def mutated(draw: Any, original: bytes) -> bytes:
    """The original with some bytes changed, doubled, put in or taken out, or cut off."""
    body = bytearray(original)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 8)))
        body[start:end] = draw(st.binary(max_size=6) | st.just(bytes(body[start:end] * 2)))
    if draw(st.booleans()):
        del body[draw(st.integers(0, len(body))) :]
    return bytes(body)
