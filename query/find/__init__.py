"""Questions in plain English and in operators: from what somebody typed to filter items, an order and a limit."""

from .understanding import Understanding, understand, warm
from .wording import words

__all__ = ["Understanding", "understand", "warm", "words"]
