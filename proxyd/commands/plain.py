"""What the framework says about an option, in plain words: it passes on what its validator says.

Must never change what is accepted.
"""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

# The validator's sentence (pydantic) → ours. What is not here stays as it is.
_WORDS = (
    (re.compile(r"^Value error, "), ""),
    (re.compile(r"^Input should be a valid integer.*"), "it must be a whole number."),
    (re.compile(r"^Input should be greater than or equal to (\S+)"), r"it must be at least \1."),
    (re.compile(r"^Input should be less than or equal to (\S+)"), r"it must be at most \1."),
)


class PlainGroup(TyperGroup):
    """The root of all commands: everything below is parsed and carried out in its ``invoke``."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = plain(error.message)
            raise


def plain(message: str) -> str:
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return message
