"""Two arrays of one name in one JSON object: what they hold is telemetry, and none of it is lost."""

from __future__ import annotations

import pytest

from sidetrace.proto import decode, decode_logs


def span(number: int) -> str:
    return f'{{"traceId":"{"ab" * 16}","spanId":"{number:016x}"}}'


@pytest.mark.parametrize(
    "body",
    [
        '{"resourceSpans":[{"scopeSpans":[{"spans":[%1],"spans":[%2]}]}]}',
        '{"resourceSpans":[{"scopeSpans":[{"spans":[%1]}],"scopeSpans":[{"spans":[%2]}]}]}',
        '{"resourceSpans":[{"scopeSpans":[{"spans":[%1]}]}],"resourceSpans":[{"scopeSpans":[{"spans":[%2]}]}]}',
        '{"resource_spans":[{"scope_spans":[{"spans":[%1]}]}],"resource_spans":[{"scope_spans":[{"spans":[%2]}]}]}',
        '{"resourceSpans":[{"scopeSpans":[{"spans":[%1,%2]}]}],"resourceSpans":null}',
    ],
)
def test_spans_of_both_are_read(body: str) -> None:
    found = decode(body.replace("%1", span(1)).replace("%2", span(2)).encode(), json=True)
    assert [int(one.span_id, 16) for one in found.spans] == [1, 2]


def test_log_records_of_both_are_read() -> None:
    body = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}],"logRecords":[{},{}]}],"scopeLogs":[]}]}'
    assert len(decode_logs(body, json=True).records) == 3


def test_a_text_that_is_such_a_name_changes_nothing() -> None:
    named = '{"name":"spans","attributes":[{"key":"spans","value":{"stringValue":"scopeSpans"}}],' + span(1)[1:]
    body = '{"resourceSpans":[{"scopeSpans":[{"spans":[' + named + "," + span(2) + "]}]}]}"
    first, second = decode(body.encode(), json=True).spans
    assert (first.name, first.attributes) == ("spans", {"spans": "scopeSpans"})
    assert int(second.span_id, 16) == 2
