"""Conditions in Postgres's words: which rows they find."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Asker
from .world import ROWS, Row, grouped, ids


@pytest.mark.parametrize(
    ("condition", "keep"),
    [
        ("timestamp > NOW() - INTERVAL '7 days'", lambda r: r["timestamp"] > "2026-11-13 12:51:16.123"),
        ("timestamp >= NOW() - INTERVAL '1 month'", lambda r: r["timestamp"] >= "2026-10-20 12:51:16.123"),
        ("timestamp >= NOW() - INTERVAL '1 year 2 weeks'", lambda r: r["timestamp"] >= "2025-11-06 12:51:16.123"),
        ("timestamp > CURRENT_TIMESTAMP - INTERVAL '90 minutes'", lambda r: r["timestamp"] > "2026-11-20 11:21:16.123"),
        ("timestamp > now() - 3 * interval '1 day'", lambda r: r["timestamp"] > "2026-11-17 12:51:16.123"),
        (
            "timestamp > now() - make_interval(days => 2, hours => 3)",
            lambda r: r["timestamp"] > "2026-11-18 09:51:16.123",
        ),
        ("timestamp > now() - '1 week'::interval", lambda r: r["timestamp"] > "2026-11-13 12:51:16.123"),
        ("timestamp >= CURRENT_DATE - 7", lambda r: r["timestamp"] >= "2026-11-13"),
        (
            "timestamp >= CURRENT_DATE - INTERVAL '1 day' AND timestamp < CURRENT_DATE",
            lambda r: r["timestamp"][:10] == "2026-11-19",
        ),
        ("timestamp >= date_trunc('week', now())", lambda r: r["timestamp"] >= "2026-11-16"),
        ("timestamp > '2026-11-01'", lambda r: r["timestamp"] > "2026-11-01 00:00:00.000"),
        ("timestamp <= '2026-11-01'", lambda r: r["timestamp"] <= "2026-11-01 00:00:00.000"),
        ("timestamp = '2026-11-01T01:00:00+01:00'", lambda r: r["timestamp"] == "2026-11-01 00:00:00.000"),
        (
            "timestamp BETWEEN DATE '2026-10-31' AND TIMESTAMP '2026-11-13 12:51:16.123'",
            lambda r: "2026-10-31 00:00:00.000" <= r["timestamp"] <= "2026-11-13 12:51:16.123",
        ),
        ("timestamp IN ('2026-11-01', '2026-11-20 00:00')", lambda r: r["n"] in (4, 7)),
        ("timestamp > timestamp::date", lambda r: not r["timestamp"].endswith("00:00:00.000")),
        ("timestamp::date = CURRENT_DATE", lambda r: r["timestamp"][:10] == "2026-11-20"),
        ("timestamp + INTERVAL '1 month' > NOW()", lambda r: r["timestamp"] > "2026-10-20 12:51:16.123"),
        ("end_timestamp - timestamp > INTERVAL '2 seconds'", lambda r: r["latency_ms"] > 2000),
        ("AGE(NOW(), timestamp) > INTERVAL '300 days'", lambda r: r["n"] in (11, 12)),
        (
            "EXTRACT(HOUR FROM timestamp) BETWEEN 9 AND 17 AND EXTRACT(ISODOW FROM timestamp) < 6",
            lambda r: 9 <= r["at"].hour <= 17 and r["at"].isoweekday() < 6,
        ),
        ("name LIKE 'chat%'", lambda r: r["name"].startswith("chat")),
        ("name ILIKE 'CHAT%'", lambda r: r["name"].lower().startswith("chat")),
        (
            "name NOT LIKE 'Chat%' AND name NOT ILIKE '%FETCH'",
            lambda r: not r["name"].startswith("Chat") and not r["name"].endswith("fetch"),
        ),
        (r"name LIKE 'a\%b' OR name LIKE '%[x]*?'", lambda r: r["name"] in ("a%b", "it's [x]*?")),
        ("name LIKE 'a!%b' ESCAPE '!'", lambda r: r["name"] == "a%b"),
        ("name ILIKE '%ÉTÉ'", lambda r: r["name"] == "École Été"),
        ("name LIKE ANY(ARRAY['chat%', '%fetch'])", lambda r: r["name"] in ("chat_main", "url_fetch")),
        ("name LIKE '%' || right(user_id, 1) || '%'", lambda r: r["user"] and r["user"][-1] in r["name"]),
        (r"name ~ '^[a-z]+_'", lambda r: re.search(r"^[a-z]+_", r["name"])),
        (r"name ~* '^CHAT|gpt-\d'", lambda r: re.search(r"^chat|gpt-\d", r["name"], re.IGNORECASE)),
        (r"name !~ 'a' AND name !~* '^URL'", lambda r: "a" not in r["name"] and not r["name"].startswith("url")),
        ("name SIMILAR TO '(chat|url)%'", lambda r: r["name"].startswith(("chat", "url"))),
        ("metadata->>'content_type' = 'article'", lambda r: r["metadata"].get("content_type") == "article"),
        (
            "metadata->>'content_type' IN ('true', 'video')",
            lambda r: r["metadata"].get("content_type") in ("true", "video"),
        ),
        ("metadata->>'flag' = 'true'", lambda r: r["metadata"].get("flag") is True),
        ("(metadata->>'flag')::boolean", lambda r: r["metadata"].get("flag")),
        ("metadata->>'n' = '7'", lambda r: r["n"] == 7),
        ("metadata->>'missing' IS NULL", lambda r: True),
        ("(metadata->>'agent_count')::int > 3", lambda r: r["metadata"].get("agent_count", 0) > 3),
        ("(metadata->>'ratio')::numeric < 1.5", lambda r: r["metadata"].get("ratio", 9) < 1.5),
        ("(metadata->>'number_text')::int > 20", lambda r: r["n"] % 10 == 5 and r["n"] > 20),
        ("(metadata->>'when')::timestamptz >= '2026-11-15'", lambda r: r["metadata"].get("when", "") >= "2026-11-15"),
        ("metadata->'deep'->'a'->>'b' = 'v1'", lambda r: r["n"] % 5 == 0 and r["n"] % 3 == 1),
        ("metadata #>> '{deep,a,list,2}' = 'x'", lambda r: r["n"] % 5 == 0),
        ("metadata @> '{\"flag\": true}'", lambda r: r["metadata"].get("flag") is True),
        (
            'metadata @> \'{"agent_count": 3, "flag": false}\'::jsonb',
            lambda r: r["metadata"].get("agent_count") == 3 and r["metadata"].get("flag") is False,
        ),
        ('metadata @> \'{"deep": {"a": {"list": ["x", 15]}}}\'', lambda r: r["n"] == 15),
        (
            'metadata @> \'{"deep": {"a": {"b": "v1"}}, "content_type": "video"}\'',
            lambda r: r["n"] % 5 == 0 and r["n"] % 3 == 1 and r["metadata"].get("content_type") == "video",
        ),
        ("metadata ? 'deep'", lambda r: "deep" in r["metadata"]),
        ("metadata ?& array['deep', 'flag']", lambda r: {"deep", "flag"} <= r["metadata"].keys()),
        ("metadata ?| array['when', 'nope']", lambda r: "when" in r["metadata"]),
        (
            "tags ? 'production' AND NOT tags ? 'security'",
            lambda r: "production" in r["tags"] and "security" not in r["tags"],
        ),
        ('tags @> \'["production", "security"]\'', lambda r: {"production", "security"} <= set(r["tags"])),
        ("tags @> ARRAY['security']", lambda r: "security" in r["tags"]),
        ("tags && ARRAY['security', 'v2-pipeline']", lambda r: {"security", "v2-pipeline"} & set(r["tags"])),
        ("tags <@ '[\"production\"]'", lambda r: set(r["tags"]) <= {"production"}),
        ("'production' = ANY(tags)", lambda r: "production" in r["tags"]),
        ("'it''s' = ANY(tags)", lambda r: "it's" in r["tags"]),
        ("'production' <> ALL(tags)", lambda r: "production" not in r["tags"]),
        ("user_id = ANY('{user_1,user_2}')", lambda r: r["user"] in ("user_1", "user_2")),
        (
            "user_id = ANY(SELECT id FROM users WHERE trace_count > 11)",
            lambda r: r["user"] in [u for u, rows in grouped(lambda x: x["user"]).items() if u and len(rows) > 11],
        ),
        ("public", lambda r: r["public"]),
        ("public = TRUE AND NOT public IS FALSE", lambda r: r["public"]),
        ("public = 'f'", lambda r: not r["public"]),
        ("user_id IS DISTINCT FROM 'user_1'", lambda r: r["user"] != "user_1"),
        ("total_tokens BETWEEN SYMMETRIC 300 AND 100", lambda r: 100 <= r["tokens"] <= 300),
        ("latency_ms > '1000' AND error_count = '1'", lambda r: r["latency_ms"] > 1000 and r["errors"]),
        (
            "(user_id, session_id) IN (SELECT user_id, session_id FROM traces WHERE error_count > 0)",
            lambda r: (
                r["user"] and (r["user"], r["session"]) in {(x["user"], x["session"]) for x in ROWS if x["errors"]}
            ),
        ),
        (
            "EXISTS (SELECT 1 FROM observations o WHERE o.trace_id = traces.id AND o.level = 'ERROR')",
            lambda r: r["errors"],
        ),
        ("position('_' in name) > 0 AND length(name) > 8", lambda r: "_" in r["name"] and len(r["name"]) > 8),
        ("name = E'it\\'s [x]*?' OR name = $$a%b$$", lambda r: r["name"] in ("it's [x]*?", "a%b")),
        ("lower(name) = 'école été'", lambda r: r["name"] == "École Été"),
    ],
)
def test_a_condition_finds_the_rows_it_means(ask: Asker, condition: str, keep: Callable[[Row], Any]) -> None:
    wanted = ids(keep)
    assert [row[0] for row in ask(f"SELECT id FROM traces WHERE {condition} ORDER BY id")] == wanted
    assert wanted
