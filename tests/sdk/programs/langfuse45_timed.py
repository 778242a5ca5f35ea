"""The session of the guide's picture, to the tenth of a second: observations that are ended at a time of our own."""
# Written for versions of the SDK of which one is not in the environment that is checked.
# mypy: ignore-errors

import time

from langfuse import get_client, propagate_attributes

langfuse = get_client()


def finish(observation, seconds):
    observation.end(end_time=time.time_ns() + round(seconds * 1e9))


for name, seconds, dollars, agents in (
    ("url_fetch", 1.0, 0.02, ()),
    (
        "content_analysis",
        12.5,
        None,
        (
            ("retrieval", 0.5, 0.01),
            ("security_audit", 3.0, 0.05),
            ("tech_comparison", 2.5, 0.04),
            ("implementation_plan", 6.5, 0.08),
        ),
    ),
    ("quality_gate", 1.7, 0.03, ()),
):
    kind = "span" if dollars is None else "generation"
    cost = {} if dollars is None else {"cost_details": {"total": dollars}}
    with propagate_attributes(session_id="analysis_abc123"):
        root = langfuse.start_observation(name=name, as_type=kind, **cost)
        finish(root, seconds)
        for agent, lasts, spent in agents:
            finish(root.start_observation(name=agent, as_type="generation", cost_details={"total": spent}), lasts)

langfuse.shutdown()
