"""DSPy, through OpenInference: modules that are agents. Its calls of a model (`LM.__call__`) bring no usage.

Source: openinference-instrumentation-dspy 0.1.48; attributes.md, section 4.13.
"""

from __future__ import annotations

import re

from ...proto.span import Span
from ..findings import Findings
from ..vocabulary import Hook, Vocabulary, scope

AGENT = re.compile(r"(?:ReAct|CodeAct)(?:\(.*\))?\.a?forward")
"""How runs of DSPy's agents are named, with the signature's name or without: `ReAct.forward`."""


def agent(found: Findings, span: Span) -> None:
    """Tell agents from other modules, all of which are chains to the instrumentation."""
    if AGENT.fullmatch(span.name):
        found.offer("type", 2, "AGENT")


VOCABULARY = Vocabulary("DSPy", hooks=(Hook(agent, always=True, only=scope("openinference.instrumentation.dspy")),))
