"""The guide's examples of users, metadata and tags, as versions 4 and 5 of the SDK say them."""
# Written for versions of the SDK of which one is not in the environment that is checked.
# mypy: ignore-errors

import asyncio

from langfuse import get_client, observe, propagate_attributes


async def run_pipeline(content):
    return content.upper()


@observe()
async def analysis(content: str, user_id: str):
    with propagate_attributes(
        user_id=user_id,
        session_id="session_abc",
        metadata={
            "content_type": "article",
            "url": "https://example.com/post",
            "analysis_id": "abc123",
        },
    ):
        return await run_pipeline(content)


asyncio.run(analysis("text", "user_42"))
asyncio.run(analysis("more text", "user_43"))


@observe(name="analysis_with_metadata")
async def analysis(content: str):
    with propagate_attributes(
        user_id="user_123",
        metadata={
            "content_type": "article",
            "url": "https://example.com/post",
            "analysis_id": "abc123",
            "agent_count": 8,
            "total_cost_usd": 0.15,
            "difficulty": "complex",
            "language": "en",
        },
        tags=["production", "orchestkit", "security"],
    ):
        return await run_pipeline(content)


asyncio.run(analysis("text"))


@observe()
async def production_analysis(content: str):
    with propagate_attributes(
        tags=["production", "v2-pipeline", "security-enabled"],
    ):
        return await run_pipeline(content)


@observe()
async def staging_analysis(content: str):
    with propagate_attributes(
        tags=["staging", "experiment", "new-model"],
    ):
        return await run_pipeline(content)


asyncio.run(production_analysis("text"))
asyncio.run(staging_analysis("text"))


@observe(as_type="agent")
async def execute_agent(agent, content):
    with get_client().start_as_current_observation(
        as_type="generation", name=f"ask {agent}", model="gpt-4o"
    ) as generation:
        generation.update(
            output=content[:4], usage_details={"input": 10, "output": 5}, cost_details={"input": 0.001, "output": 0.002}
        )
    if agent == "sceptic":
        get_client().update_current_span(level="WARNING", status_message="not convinced")
    return agent


agents = ["reader", "sceptic", "writer"]


@observe(name="content_analysis_workflow")
async def run_content_analysis(analysis_id: str, content: str, user_id: str):
    """Full workflow with session tracking."""

    # Set session-level metadata
    with propagate_attributes(
        session_id=f"analysis_{analysis_id}",
        user_id=user_id,
        metadata={
            "analysis_id": analysis_id,
            "content_length": len(content),
            "agent_count": 8,
            "environment": "production",
        },
        tags=["orchestkit", "production", "content-analysis"],
    ):
        # All nested @observe calls inherit session_id
        results = []
        for agent in agents:
            result = await execute_agent(agent, content)
            results.append(result)

        return results


asyncio.run(run_content_analysis("xyz789", "a long article", "user_7"))
get_client().shutdown()
