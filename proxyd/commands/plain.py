"""What the framework says about an option, in plain words: it passes on what its validator says.

Must never change what is accepted, but for empty values (empty.py).
"""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

from proxyd.commands.empty import refuse_empty
from proxyd.domain.nearly import meant

# The validator's sentence (pydantic) → ours. What is not here stays as it is.
_WORDS = (
    (re.compile(r"^Value error, "), ""),
    (re.compile(r"^Input should be a valid integer.*"), "it must be a whole number."),
    (re.compile(r"^Input should be greater than or equal to (\S+)"), r"it must be at least \1."),
    (re.compile(r"^Input should be less than or equal to (\S+)"), r"it must be at most \1."),
)
_NO_CHOICE = re.compile(r"(['\"])(?P<word>.*)\1 is not one of (?P<choices>.*)")
_QUOTED = re.compile(r"'([^']*)'")


class PlainGroup(TyperGroup):
    """The root of all commands: everything below is parsed and carried out in its ``invoke``."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each with the first sentence of its help, whole: the framework cuts it off with dots."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, first_sentence(command.help or "")))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            refuse_empty(command)
        return command

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = with_near(plain(error.message))
            raise


def first_sentence(text: str) -> str:
    paragraph = " ".join(text.split("\n\n", 1)[0].split())
    return re.split(r"(?<=[.:?]) (?=[A-Z])", paragraph, maxsplit=1)[0].rstrip(":")


def with_near(message: str) -> str:
    """The framework lists what there is, and does not say what was meant."""
    told = _NO_CHOICE.match(message)
    question = meant(told["word"], _QUOTED.findall(told["choices"])) if told else ""
    return f"{message.removesuffix('.')}; {question}" if question else message


def plain(message: str) -> str:
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return message
