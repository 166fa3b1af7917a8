"""``proxyd app-password …``: a password for each device, which opens mail and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, agreed, note, say, say_json, say_table
from proxyd.commands.installation import Installation, within
from proxyd.commands.later import group_of
from proxyd.commands.new_password import app_password_json, making_for_known, say_app_password
from proxyd.commands.times import local_time
from proxyd.domain.app_passwords import AppPassword, Scope, is_needed_for_mail
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Account
from proxyd.service.admin.app_password_admin import AppPasswordAdmin

app = group_of(
    "Application passwords: one for each device of a person, for mail alone. Lost a phone? Remove "
    "its password, and nothing else changes."
)

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]


@app.command()
def add(
    login: Login,
    name: Annotated[
        str,
        typer.Option(
            "--name", help="What the device is called, in any script.", show_default=False
        ),
    ],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            "--scope",
            help="imap (reading) or smtp (sending); may be given twice. Without it: both.",
            show_default=False,
        ),
    ] = None,
    setup: Annotated[
        Path | None,
        typer.Option(
            "--setup",
            metavar="DIR",
            help="Also write the sheet with this password to this folder, and what sets up the "
            "device's mail client: see proxyd client-setup --help.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a password for one device of a person. It is shown this once.

    It is typed where the person's own password would be: after the same user name, with or without
    the login and a colon before it. Dashes may be left out, capitals do not count.

    \b
      proxyd app-password add hanako --name "iPhone"
      proxyd app-password add hanako --name "copier" --scope smtp
      proxyd app-password add hanako --name "PC 2" --setup hanako-kit
    """
    scopes = tuple(scope or Scope)
    if setup is not None and set(scopes) != set(Scope):
        problem = "the files set up reading and sending"
        raise BadInput("--setup", problem, "leave --scope out, or --setup")

    async def work(at: Installation) -> None:
        admin = AppPasswordAdmin(at.store)
        await admin.check(login, name)
        making = None if setup is None else await making_for_known(at, setup, login)
        new, written = await admin.add(login, name, by=at.actor, scopes=scopes), None
        try:
            if making is not None:
                written = await making.write([new.account.login], {new.account.login: new.secret})
        finally:
            if as_json:
                kit = {"setup": written.as_json()} if written else {}
                say_json({"login": new.account.login, **app_password_json(new), **kit})
            else:
                say_app_password(new)
        if written is not None and not as_json:
            written.told()

    within(config, work)


@app.command("list")
def show(login: Login, config: Config = None, *, as_json: AsJson = False) -> None:
    """Show what devices a person has, and when, from where and with what each was used last."""

    async def work(at: Installation) -> tuple[Account, list[AppPassword]]:
        return await AppPasswordAdmin(at.store).of(login)

    account, there = within(config, work)
    if as_json:
        say_json([_as_json(one) for one in there])
        return
    if there:
        heads = ["NUMBER", "NAME", "SCOPE", "MADE", "LAST USED", "AT", "FROM", "CLIENT"]
        say_table(heads, [_row(one) for one in there])
    else:
        say(f"{account.login} has no application passwords.")
    if is_needed_for_mail(account):
        note(f"{account.login} comes in for mail with application passwords only.")


def _row(one: AppPassword) -> list[str]:
    last = one.last_use
    used = [local_time(last.at_us), last.door, last.address, last.client] if last else ["never"]
    scopes = ", ".join(one.scopes)
    return [
        str(one.id),
        one.name,
        scopes,
        local_time(one.created_us),
        *used,
        *[""] * (4 - len(used)),
    ]


def _as_json(one: AppPassword) -> dict[str, object]:
    last = one.last_use
    used = last and {
        "time": local_time(last.at_us),
        "door": last.door,
        "address": last.address,
        "client": last.client,
    }
    return {
        "number": one.id,
        "name": one.name,
        "scopes": list(one.scopes),
        "made": local_time(one.created_us),
        "last_used": used,
    }


@app.command()
def remove(
    login: Login,
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME-OR-NUMBER",
            help="As in: proxyd app-password list LOGIN",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All application passwords of the person.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask, with --all.")] = False,
) -> None:
    """Take a device's password away. What it has open ends within a second, and nothing else does.

    \b
      proxyd app-password remove hanako "iPhone"
      proxyd app-password remove hanako 3
      proxyd app-password remove hanako --all
    """
    if (which is None) != everything:
        problem = "names one, and --all means all" if everything else "is missing"
        raise BadInput("NAME-OR-NUMBER", problem, "write one of both: see proxyd app-password list")
    if everything:
        agreed(f"Remove all application passwords of {login}?", yes=yes)

    async def work(at: Installation) -> list[AppPassword]:
        admin = AppPasswordAdmin(at.store)
        if which is None:
            return await admin.remove_all(login, by=at.actor)
        return [await admin.remove(login, which, by=at.actor)]

    removed = within(config, work)
    for one in removed:
        say(f"{one.name} (number {one.id}) opens nothing any more.")
    if not removed:
        say("There was none.")
