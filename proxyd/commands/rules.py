"""``proxyd rules …``: what is done with mails as they come in, in versions, tried before it counts.

A running proxy follows a new version within a second.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from proxyd.calendars.countries import CountryCalendar
from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.later import group_of
from proxyd.commands.times import local_time
from proxyd.domain.errors import BadInput
from proxyd.domain.rule_reader import MOST_OCTETS
from proxyd.mailtext.fields import MAX_HEADER
from proxyd.service.admin.rule_admin import RuleAdmin, Tried, is_mail

T = TypeVar("T")

app = group_of("Rules: status and assignee of mails as they come in.")

Name = Annotated[str, typer.Argument(metavar="MAILBOX", help="The shared mailbox.")]


def _with_admin(config: Config, work: Callable[[RuleAdmin, Installation], Awaitable[T]]) -> T:
    async def run(at: Installation) -> T:
        statuses = at.settings.workflow.status_set
        return await work(RuleAdmin(at.store, statuses, now_us, CountryCalendar()), at)

    return within(config, run)


@app.command("set")
def store(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As conf/rules.example.toml.")],
    config: Config = None,
) -> None:
    """Let the rules of a file count from now on, as a new version."""
    text = _rules_in(file)

    async def work(admin: RuleAdmin, at: Installation) -> tuple[int, int]:
        return await admin.set(name, text, by=at.actor)

    version, count = _with_admin(config, work)
    say(f"{name} has {count} {'rule' if count == 1 else 'rules'} now, version {version}.")


@app.command()
def clear(name: Name, config: Config = None) -> None:
    """Let no rule count any more; the versions stay."""

    async def work(admin: RuleAdmin, at: Installation) -> int:
        return await admin.clear(name, by=at.actor)

    say(f"{name} has no rules now, version {_with_admin(config, work)}.")


@app.command()
def show(
    name: Name,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", min=1, help="Another than what counts now."),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the rules as they were written."""
    found = _with_admin(config, lambda admin, _: admin.version(name, version))
    if as_json:
        number, text = (found.version, found.text) if found else (0, "")
        say_json({"version": number, "text": text})
    elif found is None:
        note(f"{name} has no rules yet. Give it some with: proxyd rules set {_quoted(name)} FILE")
    else:
        if found.text:
            say(found.text.removesuffix("\n"))
        note(f"Version {found.version}, by {found.actor}, {local_time(found.at_us)}")


@app.command()
def history(name: Name, config: Config = None, *, as_json: AsJson = False) -> None:
    """Show which versions there were, by whom and since when."""
    found = _with_admin(config, lambda admin, _: admin.history(name))
    rows: list[dict[str, object]] = [
        {
            "version": one.version,
            "time": local_time(one.at_us),
            "person": one.actor,
            "octets": len(one.text.encode()),
        }
        for one in found
    ]
    if as_json:
        say_json(rows)
        return
    heads = ("version", "time", "person", "octets")
    say_table([one.upper() for one in heads], [[str(row[one]) for one in heads] for row in rows])


@app.command("test")
def try_on(
    name: Name,
    files: Annotated[list[Path], typer.Argument(metavar="FILE.eml...", help="Mails.")],
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="Instead of those that count now."),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what the rules would make of mails that came now, one after another.

    Nothing is changed, and nobody's turn is spent. Each mail counts as the first of its
    conversation.
    """
    text = _rules_in(rules) if rules is not None else None
    mails = [_mail_in(file) for file in files]
    tried = _with_admin(config, lambda admin, _: admin.try_on(name, mails, text))
    rows = [_row(file, one) for file, one in zip(files, tried, strict=True)]
    if as_json:
        say_json(rows)
        return
    heads = ("file", "rules", "status", "assignee", "until")
    say_table([one.upper() for one in heads], [[_shown(row[one]) for one in heads] for row in rows])


def _row(file: Path, one: Tried) -> dict[str, object]:
    ruling = one.ruling
    until_us = ruling.until_us if ruling else None
    return {
        "file": str(file),
        "version": one.version,
        "rules": list(ruling.rules) if ruling else [],
        "status": ruling.status if ruling else "",
        "assignee": ruling.assignee.login if ruling and ruling.assignee else "",
        "until": local_time(until_us) if until_us is not None else "",
    }


def _shown(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text or "-"


def _rules_in(file: Path) -> str:
    """Raises BadInput."""
    found = _octets_of(file, MOST_OCTETS + 1)
    if len(found) > MOST_OCTETS:
        told = f"more than {MOST_OCTETS // 1000} kB"
        raise BadInput(str(file), told, "write fewer or shorter rules")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise BadInput(str(file), f"line {line} is no UTF-8", "save it as UTF-8") from None


def _mail_in(file: Path) -> bytes:
    """Its header, at least. Raises BadInput."""
    found = _octets_of(file, MAX_HEADER)
    if not is_mail(found):
        instead = "give a mail as a client saves it, with its header"
        raise BadInput(str(file), "it is no mail", instead)
    return found


def _octets_of(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as octets:
            return octets.read(most)
    except OSError as error:
        told = f"it can't be read ({error.strerror})"
        raise BadInput(str(file), told, "write the path of a file") from None


def _quoted(name: str) -> str:
    return shlex.quote(name)
