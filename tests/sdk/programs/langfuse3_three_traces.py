"""Three decorated functions that share a session id, with stand-ins for what they call."""
# Written for version 3 of the SDK, which is not in the environment that is checked.
# mypy: ignore-errors
# ruff: noqa: RET504

import asyncio

from langfuse import get_client, observe


async def work(seconds, dollars, **more):
    await asyncio.sleep(seconds)
    get_client().update_current_generation(cost_details={"total": dollars}, **more)


class http:
    @staticmethod
    async def get(url):
        await work(0.1, 0.02)
        return f"<html>{url}</html>"


async def evaluate(result):
    await work(0.17, 0.03)
    return f"good: {result}"


@observe(as_type="generation")
async def retrieval(content):
    await work(0.06, 0.01)
    return content


@observe(as_type="generation")
async def security_audit(content):
    await work(0.3, 0.05)
    return content


@observe(as_type="generation")
async def tech_comparison(content):
    await work(0.25, 0.04)
    return content


@observe(as_type="generation")
async def implementation_plan(content):
    await work(0.65, 0.08, model="gpt-4o", usage_details={"input": 1000, "output": 200})
    return content


async def run_agents(content):
    for agent in (retrieval, security_audit, tech_comparison, implementation_plan):
        content = await agent(content)
    return content


# From here on as in the guide.


@observe(name="url_fetch")
async def fetch_url(url: str, session_id: str):
    get_client().update_current_trace(session_id=session_id)
    return await http.get(url)


@observe(name="content_analysis")
async def analyze(content: str, session_id: str):
    get_client().update_current_trace(session_id=session_id)
    return await run_agents(content)


@observe(name="quality_gate")
async def quality_check(result: str, session_id: str):
    get_client().update_current_trace(session_id=session_id)
    return await evaluate(result)


async def main(url, analysis_id):
    # Usage — all 3 traces grouped under one session
    session_id = f"analysis_{analysis_id}"
    url_content = await fetch_url(url, session_id)
    result = await analyze(url_content, session_id)
    final = await quality_check(result, session_id)
    return final


asyncio.run(main("https://example.com/post", "abc123"))
get_client().shutdown()
