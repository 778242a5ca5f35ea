"""OTLP/JSON as a Collector reads it: what is accepted, and what the refusal of the rest says."""

import math
from typing import Any

import orjson
import pytest

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode
from sidetrace.proto.span import Span

SPAN = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331"}


def body(**members: Any) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{**SPAN, **members}]}]}]})


def span(**members: Any) -> Span:
    (found,) = decode(body(**members), json=True).spans
    return found


def value(any_value: Any) -> Any:
    return span(attributes=[{"key": "k", "value": any_value}]).attributes["k"]


def problem(encoded: bytes) -> str:
    with pytest.raises(UndecodableBody) as caught:
        decode(encoded, json=True)
    return str(caught.value)


@pytest.mark.parametrize("empty", [b"{}", b"null", b' \n{"resourceSpans":null}', b'{"resourceSpans":[null]}'])
def test_a_request_without_spans_is_fine(empty: bytes) -> None:
    decoded = decode(empty, json=True)
    assert decoded.spans == []
    assert decoded.rejected == []


def test_an_empty_body_is_refused() -> None:
    assert "empty" in problem(b"")
    assert "empty" in problem(b"  \n")


@pytest.mark.parametrize(
    "broken",
    [b"{", b"[1", b'{"resourceSpans":[}', b"{'a':1}", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00", b"hello", b'{"a":NaN}',
     b'{"a":1e400}', b'{"a":01}', b'{"a":"\x01"}', b'{"a":' + b"9" * 5000],
)  # fmt: skip
def test_what_is_no_json_is_refused(broken: bytes) -> None:
    assert problem(broken).startswith("the body is no JSON: ")


@pytest.mark.parametrize("other", [b"1234", b"[]", b'"text"', b"true"])
def test_a_body_that_is_no_object_is_refused(other: bytes) -> None:
    assert problem(other).startswith("body: expected an object, got ")


@pytest.mark.parametrize("rest", [b" trailing", b"}", b"\x00", b"{}"])
def test_what_follows_the_document_is_ignored(rest: bytes) -> None:
    assert len(decode(body() + rest, json=True).spans) == 1


def test_snake_case_names_are_accepted_everywhere() -> None:
    encoded = orjson.dumps(
        {
            "resource_spans": [
                {
                    "schema_url": "r",
                    "resource": {"dropped_attributes_count": 1},
                    "scope_spans": [
                        {
                            "schema_url": "s",
                            "scope": {"dropped_attributes_count": 2},
                            "spans": [
                                {
                                    "trace_id": SPAN["traceId"],
                                    "span_id": SPAN["spanId"],
                                    "parent_span_id": SPAN["spanId"],
                                    "trace_state": "a=b",
                                    "start_time_unix_nano": "1",
                                    "end_time_unix_nano": 2,
                                    "dropped_attributes_count": 3,
                                    "dropped_events_count": 4,
                                    "dropped_links_count": 5,
                                    "attributes": [
                                        {"key": "s", "value": {"string_value": "x"}},
                                        {"key": "a", "value": {"array_value": {"values": [{"int_value": 1}]}}},
                                    ],
                                    "events": [{"time_unix_nano": 6, "dropped_attributes_count": 7}],
                                    "links": [{"trace_id": "ab", "span_id": "cd", "trace_state": "x"}],
                                }
                            ],
                        }
                    ],
                }
            ]
        }
    )
    (found,) = decode(encoded, json=True).spans
    assert found.resource.schema_url == "r"
    assert found.resource.dropped_attributes_count == 1
    assert found.scope.schema_url == "s"
    assert found.scope.dropped_attributes_count == 2
    assert (found.parent_span_id, found.trace_state) == (SPAN["spanId"], "a=b")
    assert (found.start_ns, found.end_ns) == (1, 2)
    assert (found.dropped_attributes_count, found.dropped_events_count, found.dropped_links_count) == (3, 4, 5)
    assert found.attributes == {"s": "x", "a": [1]}
    assert (found.events[0].time_ns, found.events[0].dropped_attributes_count) == (6, 7)
    assert (found.links[0].trace_id, found.links[0].span_id, found.links[0].trace_state) == ("ab", "cd", "x")


def test_inexact_spans_in_snake_case_keep_their_bytes() -> None:
    found = span(attributes=[{"key": "b", "value": {"bytes_value": "AAE="}}], trace_state="t", status={"code": 2})
    assert found.attributes == {"b": b"\x00\x01"}
    assert found.wire is not None
    assert b"\x00\x01" in found.wire


@pytest.mark.parametrize(("sent", "kind"), [(3, 3), ("SPAN_KIND_CLIENT", 3), (77, 77), (-1, -1), (None, 0)])
def test_a_kind_comes_as_number_or_name(sent: Any, kind: int) -> None:
    assert span(kind=sent).kind == kind


@pytest.mark.parametrize(("sent", "code"), [(2, 2), ("STATUS_CODE_ERROR", 2), (None, 0), (9, 9)])
def test_a_status_code_comes_as_number_or_name(sent: Any, code: int) -> None:
    found = span(status={"code": sent, "message": "m"})
    assert (found.status_code, found.status_message) == (code, "m")


@pytest.mark.parametrize("sent", [18446744073709551615, "18446744073709551615"])
def test_times_come_as_number_or_text_up_to_64_bits(sent: Any) -> None:
    assert span(startTimeUnixNano=sent).start_ns == 2**64 - 1


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"stringValue": ""}, ""),
        ({"stringValue": "ä\u0000"}, "ä\u0000"),
        ({"boolValue": False}, False),
        ({"intValue": "-9223372036854775808"}, -(2**63)),
        ({"intValue": 0}, 0),
        ({"doubleValue": 1}, 1.0),
        ({"doubleValue": "0.5"}, 0.5),
        ({"doubleValue": "-Infinity"}, -math.inf),
        ({"doubleValue": "inf"}, math.inf),
        ({"arrayValue": {"values": [None, {"intValue": 1}, {}]}}, [None, 1, None]),
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": None}}, []),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": "b"}}, None]}}, {"a": "b", "": None}),
        ({"bytesValue": "aGk="}, b"hi"),
        ({"bytesValue": "-_8"}, b"\xfb\xff"),
        ({"bytesValue": ""}, b""),
        ({}, None),
        (None, None),
        ({"stringValue": None}, None),
        ({"stringValue": "a", "intValue": 5}, 5),
        ({"intValue": 5, "stringValue": "a"}, "a"),
        ({"somethingNew": 5}, None),
    ],
)
def test_values(sent: Any, read: Any) -> None:
    found = value(sent)
    assert (found, type(found)) == (read, type(read))


def test_nan_comes_as_text() -> None:
    assert math.isnan(value({"doubleValue": "NaN"}))


def test_null_elements_and_missing_members_are_empty_messages() -> None:
    found = span(attributes=[None, {"key": "a"}, {"key": None, "value": None}], events=[None], links=[None])
    assert found.attributes == {"": None, "a": None}
    assert found.events[0].name == ""
    assert found.links[0].trace_id == ""


def test_unknown_names_are_skipped() -> None:
    found = span(later={"deep": [1, {}]}, attributes=[{"key": "a", "value": {"intValue": 1, "x": 1}, "y": 2}])
    assert found.attributes == {"a": 1}
    assert found.wire is None


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"kind": "CLIENT"}, "kind: expected an integer or an enum name, got 'CLIENT'"),
        ({"kind": "3"}, "kind: expected an integer or an enum name, got '3'"),
        ({"kind": 1.5}, "kind: expected an integer or an enum name, got 1.5"),
        ({"name": 7}, "name: expected a string, got 7"),
        ({"traceId": 7}, "traceId: expected a string, got 7"),
        ({"flags": -1}, "flags: expected an unsigned 32-bit integer, got -1"),
        ({"flags": True}, "flags: expected an unsigned 32-bit integer, got true"),
        ({"startTimeUnixNano": 1.5}, "startTimeUnixNano: expected an unsigned 64-bit integer or its decimal text"),
        ({"startTimeUnixNano": "1e3"}, "startTimeUnixNano: expected an unsigned 64-bit"),
        ({"startTimeUnixNano": "18446744073709551616"}, "startTimeUnixNano: expected an unsigned 64-bit"),
        ({"endTimeUnixNano": "-1"}, "endTimeUnixNano: expected an unsigned 64-bit"),
        ({"status": []}, "status: expected an object, got an array"),
        ({"status": {"code": "ERROR"}}, "status.code: expected an integer or an enum name, got 'ERROR'"),
        ({"attributes": {}}, "attributes: expected an array, got an object"),
        ({"attributes": [7]}, "attributes[0]: expected an object, got 7"),
        ({"attributes": [None, {"key": 1}]}, "attributes[1].key: expected a string, got 1"),
        ({"attributes": [{"key": 1, "value": {"stringValue": "x"}}]}, "attributes[0].key: expected a string, got 1"),
        ({"attributes": [{"key": [], "value": {"stringValue": "x"}}]}, "attributes[0].key: expected a string, got an"),
        ({"attributes": [{"key": "a", "value": "b"}]}, "attributes[0].value: expected an object, got 'b'"),
        (
            {"attributes": [{"key": "a", "value": {"stringValue": 5}}]},
            "attributes[0].value.stringValue: expected a string, got 5",
        ),
        (
            {"attributes": [{"key": "a", "value": {"boolValue": "true"}}]},
            "attributes[0].value.boolValue: expected true or false, got 'true'",
        ),
        (
            {"attributes": [{"key": "a", "value": {"intValue": 9223372036854775808}}]},
            "attributes[0].value.intValue: expected a 64-bit integer or its decimal text, got 9223372036854775808",
        ),
        (
            {"attributes": [{"key": "a", "value": {"doubleValue": "1e400"}}]},
            "attributes[0].value.doubleValue: expected a number that a double can hold, got '1e400'",
        ),
        (
            {"attributes": [{"key": "a", "value": {"bytesValue": "!"}}]},
            "attributes[0].value.bytesValue: expected base64 text, got '!'",
        ),
        (
            {"attributes": [{"key": "a", "value": {"arrayValue": {"values": [{}, {"intValue": "x"}]}}}]},
            "attributes[0].value.arrayValue.values[1].intValue: expected a 64-bit integer",
        ),
        (
            {"attributes": [{"key": "a", "value": {"kvlistValue": {"values": [{"key": "b", "value": 1}]}}}]},
            "attributes[0].value.kvlistValue.values[0].value: expected an object, got 1",
        ),
        ({"events": [{}, {"timeUnixNano": []}]}, "events[1].timeUnixNano: expected an unsigned 64-bit integer"),
        ({"links": {"traceId": ""}}, "links: expected an array, got an object"),
        ({"links": [{"attributes": [{"key": "a", "value": 5}]}]}, "links[0].attributes[0].value: expected an object"),
        (
            {"attributes": [{"key": "", "keyStrindex": "x", "value": {}}, {"key": "b", "value": {"bytesValue": ""}}]},
            "attributes[0].keyStrindex: expected a 32-bit integer, got 'x'",
        ),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_path(members: dict[str, Any], says: str) -> None:
    assert problem(body(**members)).startswith(f"resourceSpans[0].scopeSpans[0].spans[0].{says}")


@pytest.mark.parametrize(
    ("encoded", "says"),
    [
        (b'{"resourceSpans":{}}', "resourceSpans: expected an array, got an object"),
        (b'{"resourceSpans":[{},7]}', "resourceSpans[1]: expected an object, got 7"),
        (b'{"resourceSpans":[{"resource":5}]}', "resourceSpans[0].resource: expected an object, got 5"),
        (b'{"resourceSpans":[{"schemaUrl":5}]}', "resourceSpans[0].schemaUrl: expected a string, got 5"),
        (
            b'{"resourceSpans":[{"scopeSpans":[{"scope":{"name":1}}]}]}',
            "resourceSpans[0].scopeSpans[0].scope.name: expected a string, got 1",
        ),
        (
            b'{"resourceSpans":[{"resource":{"entityRefs":[{"idKeys":[1]}]}}]}',
            "resourceSpans[0].resource.entityRefs[0].idKeys[0]: expected a string, got 1",
        ),
    ],
)
def test_the_path_of_a_misfit_above_the_spans(encoded: bytes, says: str) -> None:
    assert problem(encoded) == says


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    encoded = body(name="NAME", attributes=[{"key": "KEY", "value": {"stringValue": "😀é"}}])
    encoded = (
        encoded.replace(b"NAME", rb"a\ud800z").replace(b"KEY", rb"\udc00").replace("😀".encode(), rb"\ud83d\ude00")
    )
    (found,) = decode(encoded, json=True).spans
    assert found.name == "a\ufffdz"
    assert found.attributes == {"\ufffd": "😀é"}


def test_bytes_that_are_not_utf8_become_the_replacement_character() -> None:
    (found,) = decode(body(name="NAME").replace(b"NAME", b"a\xff\xfez"), json=True).spans
    assert found.name == "a\ufffd\ufffdz"
