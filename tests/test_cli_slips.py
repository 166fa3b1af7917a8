"""What is nearly a word of ours is asked back, and nothing at all is no value: of every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from proxyd import cli
from proxyd.commands.empty import MEANT
from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture

# What is right enough to be read, for whatever else the command needs.
FILLER = {"MAILBOX:RIGHT": "support:read", "--until": "2999-01-01", "--scope": "own:read"}


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


def _is_text(parameter: Any) -> bool:
    """But for those of which nothing is a value: an alias "" alone means none any more."""
    meant = ("help", "alias", *MEANT)
    return not getattr(parameter, "is_flag", False) and parameter.name not in meant


def _cases() -> Iterator[Any]:
    for words, command in commands(cli._commands):
        for parameter in filter(_is_text, command.params):
            yield pytest.param(words, command, parameter, id=" ".join((*words, parameter.name)))


def typed(command: Any, empty: Any) -> list[str]:
    """Everything that the command needs, and nothing for ``empty``."""
    found: list[str] = []
    for each in command.params:
        if each is not empty and not each.required:
            continue
        key = each.opts[0] if each.param_type_name == "option" else (each.metavar or "")
        value = "" if each is empty else FILLER.get(key, "1")
        found += [key, value] if each.param_type_name == "option" else [value]
    return found


@pytest.mark.parametrize(("words", "command", "parameter"), list(_cases()))
def test_nothing_is_no_value(
    proxyd: Command,  # noqa: F811
    words: tuple[str, ...],
    command: Any,
    parameter: Any,
) -> None:
    """In clear words, before anything is looked up: no "there is no mailbox ''"."""
    said = proxyd(*words, *typed(command, parameter))
    assert (said.code, said.out) == (2, ""), said
    first = said.err.splitlines()[0]
    assert "; " in first and "there is no" not in first and "Usage" not in said.err, said


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        (("conversation", "list", "--status", "opn"), "did you mean open?"),
        (("audit", "search", "--action", "sned"), "did you mean send?"),
        (("audit", "search", "--outcome", "refuse"), "did you mean refused?"),
        (("audit", "export", "--action", "opne"), "did you mean open?"),
        (("user", "add", "ben", "--name", "Ben", "--role", "stff"), "did you mean staff?"),
        (("user", "grant", "anna", "support:respnd"), "did you mean respond?"),
        (("user", "add", "b", "--name", "B", "--grant", "support:raed"), "did you mean read?"),
        (("mailbox", "set", "support", "--seen", "persn"), "did you mean person?"),
        (("mailbox", "policy", "support", "guard-answerd=yes"), "did you mean guard-answered?"),
        (("mailbox", "policy", "support", "delete=trahs"), "did you mean trash?"),
        (("mailbox", "policy", "support", "destroy=mange"), "did you mean manage?"),
        (("mailbox", "policy", "support", "zone=Asia/Tokio"), "did you mean Asia/Tokyo?"),
        (("mailbox", "test", "suport"), "did you mean support?"),
        (("mailbox", "lst"), "Did you mean"),
    ],
)
def test_what_is_nearly_a_choice_is_asked_back(
    proxyd: Command,  # noqa: F811
    arguments: tuple[str, ...],
    question: str,
) -> None:
    added(proxyd)
    said = proxyd(*arguments)
    assert said.code == 2 and question in said.err, said


def test_what_is_nothing_like_a_choice_is_told_the_choices(proxyd: Command) -> None:  # noqa: F811
    said = proxyd("audit", "search", "--action", "zzz")
    assert said.code == 2
    assert "did you mean" not in said.err and "'send'" in said.err
