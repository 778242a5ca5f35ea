"""Who serves a model: the words that senders write for a provider, and the price list's ids for them.

Sources: attributes.md, section 3 (row "provider"); the GenAI conventions' well-known `gen_ai.provider.name` and old
`gen_ai.system` values; the provider words of LangChain, OpenInference, LiteLLM, the Vercel AI SDK, Spring AI, Genkit.
"""

from __future__ import annotations

UNKNOWN = ""
"""The word names a framework or a gateway: the model's name alone says whose it is."""

LOCAL = "local"
"""The model runs on the sender's own machines: a maker's price would be wrong, so it has none."""

_WORDS = {
    "openai": "openai openai-compatible openai-responses azure-openai-compatible chatopenai openai-chat",
    "azure": (
        "azure azure-ai azure-openai azure-ai-foundry az.ai.openai az.ai.inference azure.ai.openai azure.ai.inference"
        " azure-ai-inference azureopenai azurechatopenai microsoft.foundry azure-foundry"
    ),
    "anthropic": "anthropic claude anthropic-beta chatanthropic com.anthropic",
    "google": (
        "google gemini gcp gcp.gemini gcp.gen-ai gcp.vertex-ai gcp.vertex google-genai google-vertexai google-vertex"
        " google-gla google-ai google-ai-studio googleai googlegenai google.generative-ai google.vertex vertex"
        " vertex-ai vertexai vertex-ai-beta vertex.anthropic"
    ),
    "aws": (
        "aws aws.bedrock aws-bedrock bedrock bedrock-converse bedrock-runtime amazon amazon-bedrock amazon-nova"
        " sagemaker aws.sagemaker"
    ),
    "mistral": "mistral mistral-ai mistralai",
    "cohere": "cohere cohere-chat cohere-v2",
    "x-ai": "x-ai xai grok",
    "deepseek": "deepseek",
    "groq": "groq",
    "perplexity": "perplexity perplexity-ai",
    "moonshotai": "moonshotai moonshot moonshot-ai kimi",
    "together": "together together-ai togetherai",
    "fireworks": "fireworks fireworks-ai fireworksai",
    "cerebras": "cerebras",
    "openrouter": "openrouter open-router",
    "voyageai": "voyageai voyage voyage-ai",
    "minimax": "minimax",
    "zhipuai": "zhipuai zhipu",
    "zai": "zai z-ai z.ai",
    "databricks": "databricks",
    "cloudflare": "cloudflare workers-ai cloudflare-workers-ai workersai",
    "novita": "novita novita-ai",
    LOCAL: (
        "ollama ollama-chat vllm hosted-vllm lm-studio lmstudio llama.cpp llamacpp llama-cpp llamafile localai mlx"
        " text-generation-inference tgi sglang xinference onnx transformers local"
    ),
    UNKNOWN: (
        "strands strands-agents langchain langgraph llama-index llamaindex crewai autogen microsoft.agent-framework"
        " semantic-kernel gcp.vertex.agent google-adk pydantic-ai pydantic.ai haystack smolagents dspy agno genkit"
        " spring-ai litellm litellm-proxy gateway vercel portkey helicone copilotkit traceloop openlit langsmith"
        " logfire mlflow laminar lmnr braintrust opik livekit openai-agents other unknown custom -other"
    ),
}

PROVIDERS = {word: provider for provider, words in _WORDS.items() for word in words.split()}
"""Word, in lower case with `-` for `_` and spaces -> the price list's id, `UNKNOWN` or `LOCAL`."""


def provider_of(word: str) -> str | None:
    """Return what the table says about a provider's word, or about its beginning; None where it knows nothing.

    `openai.chat` begins with `openai`: the Vercel AI SDK adds the kind of the call.
    """
    spelled = word.strip().lower().replace("_", "-").replace(" ", "-")
    while True:
        provider = PROVIDERS.get(spelled)
        if provider is not None:
            return provider
        spelled, dot, _ = spelled.rpartition(".")
        if not dot:
            return None
