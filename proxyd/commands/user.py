"""``proxyd user …``: the people who sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from proxyd.commands.console import (
    AsJson,
    Config,
    PasswordStdin,
    agreed,
    note,
    say,
    say_json,
    say_table,
    typed_password,
)
from proxyd.commands.installation import Installation, within
from proxyd.commands.later import group_of
from proxyd.commands.times import coming_time, local_time
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Account, Right, Role
from proxyd.service.admin.account_admin import AccountAdmin, NewPassword, parsed_grant
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.passwords import PasswordHasher

T = TypeVar("T")

app = group_of("People: their logins, passwords and grants.")

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="Such as hanako.sato; a-z, 0-9, dot, _ and -.")
]
MailboxName = Annotated[
    str, typer.Argument(metavar="MAILBOX", help="As in: proxyd mailbox list", show_default=False)
]
Grant = Annotated[
    list[str] | None,
    typer.Option(
        "--grant",
        metavar="MAILBOX:RIGHT",
        help="What the person may do: read, respond or manage. May be given several times; the "
        "first mailbox becomes the INBOX.",
        show_default=False,
    ),
]


def _with_admin(config: Config, work: Callable[[AccountAdmin, Installation], Awaitable[T]]) -> T:
    async def run(installation: Installation) -> T:
        checks = PasswordChecks(PasswordHasher())
        try:
            return await work(AccountAdmin(installation.store, checks), installation)
        finally:
            checks.close()

    return within(config, run)


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="As colleagues see it, in any script.")],
    grant: Grant = None,
    role: Annotated[
        Role,
        typer.Option(
            "--role",
            help="staff; admin (accounts and settings); auditor (access log only). No role reads "
            "mail without a grant.",
        ),
    ] = Role.STAFF,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Add a person. Without --password-stdin a good password is made, and shown this once."""
    grants = _grants(grant or [])
    password = typed_password("Password", from_stdin=True) if password_stdin else None

    async def work(admin: AccountAdmin, at: Installation) -> NewPassword:
        return await admin.add(
            login, name, by=at.actor, role=role, grants=grants, password=password
        )

    new = _with_admin(config, work)
    _show_password("added", new, as_json=as_json)
    if role is Role.STAFF and not grants:
        note(
            f"{new.account.login} sees no mail yet; give a shared mailbox with: "
            f"proxyd user grant {new.account.login} MAILBOX:respond"
        )


def _grants(texts: Sequence[str]) -> dict[str, Right]:
    """By mailbox, in the order given. Raises BadInput where two rights are given for one."""
    grants: dict[str, Right] = {}
    for name, right in (parsed_grant(text) for text in texts):
        if name in grants:
            raise BadInput("--grant", f"{name!r} is given twice", "give each mailbox one right")
        grants[name] = right
    return grants


@app.command("password")
def set_password(
    login: Login,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Give a person a new password; open sessions end. Made and shown once, as in "user add"."""
    password = typed_password("Password", from_stdin=True) if password_stdin else None

    async def work(admin: AccountAdmin, at: Installation) -> NewPassword:
        return await admin.set_password(login, by=at.actor, password=password)

    _show_password("has a new password", _with_admin(config, work), as_json=as_json)


def _show_password(did: str, new: NewPassword, *, as_json: bool) -> None:
    if as_json:
        shown = {"login": new.account.login, "name": new.account.name, "role": new.account.role}
        say_json(shown | ({"password": new.generated} if new.generated else {}))
        return
    say(f"{new.account.login} {did}.")
    if new.generated:
        say(f"Password (shown this once): {new.generated}")


@app.command("list")
def show(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show everybody, with role and grants."""

    async def work(admin: AccountAdmin, _: Installation) -> list[dict[str, object]]:
        return [
            {
                "login": one.account.login,
                "name": one.account.name,
                "role": str(one.account.role),
                "disabled": one.account.disabled,
                "away_until": _away_until(one.account),
                "grants": {mailbox: right.word for mailbox, right in one.grants.items()},
            }
            for one in await admin.all()
        ]

    people = _with_admin(config, work)
    if as_json:
        say_json(people)
        return
    rows = []
    for one in people:
        grants = one["grants"]
        assert isinstance(grants, dict)
        words = ", ".join(f"{mailbox}:{right}" for mailbox, right in grants.items())
        away = f"away until {one['away_until']}" if one["away_until"] else ""
        state = "disabled" if one["disabled"] else away
        rows.append([str(one["login"]), str(one["name"]), str(one["role"]), words, state])
    say_table(["LOGIN", "NAME", "ROLE", "GRANTS", ""], rows)


def _away_until(account: Account) -> str:
    """ "" for who is not away, or not any more."""
    now_us = int(datetime.now().timestamp() * 1_000_000)
    return local_time(account.away_until_us or 0) if account.is_away(now_us) else ""


@app.command()
def grant(
    login: Login,
    wanted: Annotated[
        str, typer.Argument(metavar="MAILBOX:RIGHT", help="RIGHT is read, respond or manage.")
    ],
    config: Config = None,
) -> None:
    """Let a person use a shared mailbox, or change with what right."""
    mailbox, right = parsed_grant(wanted)

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.grant(login, mailbox, right, by=at.actor)).login

    say(f"{_with_admin(config, work)} may now {right.word} {mailbox}.")


@app.command()
def revoke(login: Login, mailbox: MailboxName, config: Config = None) -> None:
    """Take a shared mailbox away from a person; open sessions end within a second."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.revoke(login, mailbox, by=at.actor)).login

    say(f"{_with_admin(config, work)} has no access to {mailbox} any more.")


@app.command()
def disable(login: Login, config: Config = None) -> None:
    """Shut a person out: open sessions end within a second, every door is closed."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.disable(login, by=at.actor)).login

    say(f"{_with_admin(config, work)} is disabled.")


@app.command()
def enable(login: Login, config: Config = None) -> None:
    """Let a disabled person in again, with the same password."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.enable(login, by=at.actor)).login

    say(f"{_with_admin(config, work)} is enabled.")


@app.command()
def away(
    login: Login,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar="TIME",
            help='The day or moment of the return: 2026-01-31, or "2026-01-31 13:00".',
        ),
    ],
    config: Config = None,
) -> None:
    """No new work for a person until then; what customers write again becomes unassigned."""
    now = datetime.now().astimezone()
    until_us = coming_time("--until", until, now)

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.away(login, until_us, by=at.actor)).login

    say(f"{_with_admin(config, work)} is away until {local_time(until_us)}.")


@app.command()
def back(login: Login, config: Config = None) -> None:
    """A person who was away takes part again, before the time."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.back(login, by=at.actor)).login

    say(f"{_with_admin(config, work)} is back.")


@app.command()
def rename(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="As colleagues see it, in any script.")],
    config: Config = None,
) -> None:
    """Change the name colleagues see; the login stays."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.rename(login, name, by=at.actor)).name

    say(f"{login} is now called {_with_admin(config, work)}.")


@app.command()
def remove(
    login: Login,
    config: Config = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove a person for good. The access log keeps the login; open work becomes unassigned."""
    agreed(f"Remove {login} for good?", yes=yes)

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.remove(login, by=at.actor)).login

    say(f"{_with_admin(config, work)} is removed.")
