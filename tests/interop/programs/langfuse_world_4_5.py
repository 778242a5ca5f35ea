"""What the programs of all Langfuse SDKs tell and then ask about, told with versions 4 and 5 for Python."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from datetime import UTC, datetime

from langfuse import propagate_attributes


def tell(langfuse, picture):
    """Tell it all; return the ids of traces and observations by their names, and a moment before and amid them."""
    ids = {"before": now()}
    begin = langfuse.start_as_current_observation

    whose = {"session_id": "chat-1", "user_id": "ada", "tags": ["weather", "beta"], "metadata": {"plan": "pro"}}
    with (
        propagate_attributes(**whose, trace_name="question", version="v2"),
        begin(as_type="agent", name="question", input={"text": "Will it rain?"}, output="No.") as root,
    ):
        ids["question"], ids["question root"] = langfuse.get_current_trace_id(), langfuse.get_current_observation_id()
        langfuse.set_current_trace_as_public()
        with root.start_as_current_observation(as_type="tool", name="look up", input={"city": "Paris"}) as tool:
            ids["look up"] = tool.id
            tool.update(output="sunny")
            langfuse.score_current_span(name="grounded", value=1, data_type="BOOLEAN", score_id="s-grounded")
        with begin(
            as_type="generation", name="answer", model="gpt-4o-mini", model_parameters={"temperature": 0.2},
            input="Will it rain?",
        ) as answer:  # fmt: skip
            ids["answer"] = answer.id
            langfuse.update_current_generation(
                output="No.", metadata={"attempt": "first"}, completion_start_time=datetime.now(UTC),
                usage_details={"input": 40, "output": 10}, cost_details={"input": 0.001, "output": 0.002},
            )  # fmt: skip
            answer.score(name="tone", value="friendly", score_id="s-tone")
        langfuse.create_event(name="noted", metadata={"characters": "3"})
        langfuse.score_current_trace(name="helpful", value=0, data_type="BOOLEAN", score_id="s-helpful")

    with (
        propagate_attributes(session_id="chat-1", user_id="bob", tags=["beta"], trace_name="follow-up"),
        begin(name="follow-up", input="And tomorrow?") as root,
    ):
        ids["follow-up"] = root.trace_id
        with root.start_as_current_observation(
            as_type="generation", name="answer again", model="gpt-4o-mini", level="WARNING"
        ) as answer:
            ids["answer again"] = answer.id
            answer.update(usage_details={"input": 20, "output": 5}, cost_details={"total": 0.004})
        with root.start_as_current_observation(name="failed"):
            langfuse.update_current_span(level="ERROR", status_message="too many")
        root.create_event(name="agreed")
        root.score_trace(name="quality", value=0.5, data_type="NUMERIC", score_id="s-quality")

    ids["amid"] = now()
    with propagate_attributes(user_id="ada", trace_name="aside"):
        root = langfuse.start_observation(name="aside")
        ids["aside"] = root.trace_id
        root.set_trace_as_public()
        if hasattr(root, "set_trace_io"):  # version 4
            root.set_trace_io(output="later")
            with begin(name="aside", trace_context={"trace_id": root.trace_id, "parent_span_id": root.id}):
                langfuse.set_current_trace_io(output="later")
        else:
            root.update(output="later")
        embedding = root.start_observation(as_type="embedding", name="embed", model="text-embedding-3-small")
        embedding.update(usage_details={"input": 8}).end()
        root.end()

    with propagate_attributes(session_id="pictures"):
        root = langfuse.start_observation(name="picture", input={"image": picture})
        ids["picture"] = root.trace_id
        root.end()

    with propagate_attributes(session_id="doomed", user_id="dora"):
        for name in ("doomed 1", "doomed 2", "doomed 3"):
            root = langfuse.start_observation(name=name, as_type="generation", cost_details={"total": 9})
            ids[name] = root.trace_id
            root.end()
    return ids


def now():
    """Return the time as the API wants it."""
    return datetime.now(UTC).isoformat()
