"""``proxyd mailbox policy``: what is chosen for one shared mailbox, shown and changed."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from proxyd.calendars.countries import CountryCalendar
from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.domain.errors import BadInput
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import OPTIONS
from proxyd.domain.types import SharedMailbox
from proxyd.service.admin.closed_days import OfficeCheck
from proxyd.service.admin.mailbox_admin import MailboxAdmin


def policy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The shared mailbox.")],
    choices: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="What is to be chosen.", show_default=False),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how a shared mailbox is worked with, or choose: guards, times, who may do what."""
    wanted = _words(choices or [])

    async def work(at: Installation) -> SharedMailbox:
        check = OfficeCheck(CountryCalendar(), now_us)
        admin = MailboxAdmin(at.store, at.sealer, check=check)
        if wanted:
            return await admin.set_policy(name, wanted, by=at.actor)
        return await admin.find(name)

    mailbox = within(config, work)
    if as_json:
        say_json({option.key: option.shown(mailbox.policy) for option in OPTIONS})
    elif wanted:
        say(f"{mailbox.name} is changed: {', '.join(choices or [])}")
    else:
        _say_all(mailbox)


def _words(choices: list[str]) -> dict[str, str]:
    words: dict[str, str] = {}
    for choice in choices:
        key, equals, text = choice.partition("=")
        if not equals or not key.strip() or key in words:
            problem = "has no =" if not equals else "names no key before the ="
            problem = "stands there twice" if key in words else problem
            raise BadInput("mailbox policy", f"{choice!r} {problem}", "write KEY=VALUE")
        words[key] = text
    return words


def _say_all(mailbox: SharedMailbox) -> None:
    default = Policy()
    rows = [
        [
            option.key,
            option.shown(mailbox.policy) or '""',
            "" if option.shown(mailbox.policy) == option.shown(default) else "*",
            option.help,
        ]
        for option in OPTIONS
    ]
    say_table(["CHOICE", "NOW", "", "MEANING"], rows)
    name = shlex.quote(mailbox.name)
    note(f"* is not the default. Choose with: proxyd mailbox policy {name} KEY=VALUE")
