"""The pages of everything that real instrumentations have sent."""

from __future__ import annotations

from pathlib import Path

from sidetrace.proto import decode

from .conftest import Site, part

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"


async def test_every_captured_session_and_trace_has_its_page(site: Site) -> None:
    bodies = sorted(CAPTURES.glob("*/*/*.traces.pb"))
    spans = [span for body in bodies for span in decode(body.read_bytes(), json=False).spans]
    assert spans
    await site.write(*spans)
    lines = spoken = 0
    for trace in {span.trace_id for span in spans}:
        page = await site.page(f"/traces/{part(trace)}")
        lines += len(page.all("li", "line"))
        spoken += len(page.one("ol", "tree").all("div", "message"))
    assert lines == len({(span.trace_id, span.span_id) for span in spans})
    assert spoken > 200
    sessions = (await site.api("GET", "/api/public/sessions?limit=100"))["data"]
    assert sessions
    for session in sessions:
        page = await site.page(f"/sessions/{part(session['id'])}")
        assert len(page.all("article")) == session["countTraces"]
