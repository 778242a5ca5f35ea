"""A file of schema version 1 is brought up to date, answers the same, and can be mapped anew."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sidetrace.mapping.mapper import Mapper
from sidetrace.storage.sqlite.database import APPLICATION_ID, migrations
from sidetrace.storage.sqlite.store import SqliteStore

from .spans import NOON, SECOND, span

OBSERVATION = """
INSERT INTO observation (ref, trace_ref, id, parent_id, start_ns, end_ns, type, name, level, usage_below, counted)
VALUES (1, 1, ?, NULL, ?, ?, 'SPAN', 'step 1', 1, 0, 1)
"""
TRACE = """
INSERT INTO trace (ref, project_ref, id, start_ns, end_ns, name, root_ref, public, level, observation_count,
    error_count, warning_count, input_tokens, output_tokens, total_tokens, cost, cost_count, orphan_count)
VALUES (1, 1, ?, ?, ?, 'step 1', 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
"""


def old_file(path: Path) -> None:
    """Write what version 1 wrote for one span that said its session in a vocabulary it did not know."""
    db = sqlite3.connect(path)
    db.executescript(migrations()[0][1])
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")
    times = (NOON + SECOND, NOON + 2 * SECOND)
    db.execute("INSERT INTO project VALUES (1, 'default')")
    db.execute("INSERT INTO resource VALUES (1, x'01', '{}', 0, '', NULL)")
    db.execute("INSERT INTO scope VALUES (1, x'01', 'tests', '', '{}', 0, '', NULL)")
    attributes = '{"traceloop.association.properties.session_id":"kept"}'
    db.execute("INSERT INTO span (ref, resource_ref, scope_ref, attributes) VALUES (1, 1, 1, ?)", (attributes,))
    db.execute(OBSERVATION, ("1" * 16, *times))
    db.execute(TRACE, ("a" * 32, *times))
    db.execute("""INSERT INTO claim VALUES (1, 'root', '1', x'00', NULL, NULL, NULL, 0)""")
    db.commit()
    db.close()


def test_a_file_of_version_1(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old_file(path)
    store = SqliteStore.open(path, Mapper())
    try:
        assert store.report().schema_version == migrations()[-1][0] > 1
        assert store.sql("SELECT id, name, session_id FROM traces").rows == [("a" * 32, "step 1", None)]
        later = Mapper().map(span("a", 2, 1, gen_ai__response__id="r", gen_ai__usage__input_tokens=3))
        assert store.write("default", [later], []).result(30).stored == 1
        assert store.sql("SELECT observation_count, input_tokens FROM traces").rows == [(2, 3)]
        store.remap()
        while store.remapping().running:
            pass
        assert store.sql("SELECT id, trace_count, observation_count FROM sessions").rows == [("kept", 1, 2)]
    finally:
        store.close()
