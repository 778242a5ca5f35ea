"""OpenInference for LangChain, with an agent of LangGraph: whose the run is stands in the run's configuration."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from openinference.instrumentation.langchain import LangChainInstrumentor
from telemetry import provide
from weather import MODEL, QUESTION, get_weather

provider = provide()
LangChainInstrumentor().instrument(tracer_provider=provider)

agent = create_agent(ChatOpenAI(model=MODEL, temperature=0.2), [get_weather], system_prompt="You know the weather.")
asked = {"messages": [{"role": "user", "content": QUESTION}]}
agent.invoke(
    asked,
    {
        "run_name": "forecast",
        "tags": ["beta"],
        "metadata": {"session_id": "sess-42", "user_id": "user-7", "plan": "pro"},
        "configurable": {"thread_id": "thread-9"},
    },
)
agent.invoke(asked, {"run_name": "again", "configurable": {"thread_id": "thread-9"}})
provider.shutdown()
