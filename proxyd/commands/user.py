"""``proxyd user …``: the people who sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from proxyd.commands.account_work import lessen, with_admin
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
from proxyd.commands.installation import Installation
from proxyd.commands.later import group_of
from proxyd.commands.new_password import (
    AppPasswordName,
    Setup,
    checked_for_device,
    made_for_device,
    making_for_known,
    making_for_new,
    note_shut,
    show_password,
)
from proxyd.commands.times import coming_time, local_time
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Account, Right, Role
from proxyd.service.admin.account_admin import AccountAdmin, NewPassword, parsed_grant
from proxyd.service.admin.app_password_admin import AppPasswordAdmin

app = group_of(
    "People: their logins, passwords and grants.",
    {
        "role": "user_role:role",
        "networks": "user_networks:networks",
        "app-passwords-only": "user_app_passwords:app_passwords_only",
        "leave": "leaving:leave",
        "return": "leaving:come_back",
        "second-factor": "user_second_factor:second_factor",
        "single-sign-on": "user_single_sign_on:single_sign_on",
    },
)

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
        help="What the person may do: read, respond, respond-with-approval or manage. May be given "
        "several times; the first mailbox becomes the INBOX.",
        show_default=False,
    ),
]


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="As colleagues see it, in any script.")],
    grant: Grant = None,
    role: Annotated[
        Role,
        typer.Option(
            "--role",
            help="staff; admin (accounts and settings; mail only with an own grant); auditor "
            "(access log only, never with a grant).",
        ),
    ] = Role.STAFF,
    setup: Setup = None,
    app_password: AppPasswordName = None,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Add a person. Without --password-stdin a good password is made, and shown this once."""
    grants = _grants(grant or [])
    device = checked_for_device(app_password, role, grants)
    password = typed_password("Password", from_stdin=True) if password_stdin else None

    async def work(admin: AccountAdmin, at: Installation) -> NewPassword:
        making = None if setup is None else await making_for_new(at, setup, login, grants)
        new = await admin.add(login, name, by=at.actor, role=role, grants=grants, password=password)
        app = await made_for_device(at, login, device)
        await show_password("added", new, making, password, app, as_json=as_json)
        return new

    new = with_admin(config, work)
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
    setup: Setup = None,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Give a person a new password; open sessions end. Made and shown once, as in "user add".

    Application passwords stay as they are, and so does what they have open; see app-password.
    """
    password = typed_password("Password", from_stdin=True) if password_stdin else None

    async def work(admin: AccountAdmin, at: Installation) -> tuple[Account, int]:
        making = None if setup is None else await making_for_known(at, setup, login)
        new = await admin.set_password(login, by=at.actor, password=password)
        await show_password("has a new password", new, making, password, as_json=as_json)
        _, devices = await AppPasswordAdmin(at.store).of(login)
        return new.account, len(devices)

    account, devices = with_admin(config, work)
    login = account.login
    note_shut(account)
    if devices:
        note(
            f"Application passwords of {login} stay: {devices}. Take them away with: "
            f"proxyd app-password remove {login} --all"
        )


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
                "left": local_time(one.account.left_us) if one.account.left_us else "",
                "away_until": _away_until(one.account),
                "networks": [str(network) for network in one.account.networks],
                "app_passwords": one.app_passwords,
                "app_passwords_only": one.account.app_passwords_only,
                "second_factor": one.account.second_factor,
                "grants": {mailbox: right.word for mailbox, right in one.grants.items()},
            }
            for one in await admin.all()
        ]

    people = with_admin(config, work)
    if as_json:
        say_json(people)
        return
    rows = []
    for one in people:
        grants = one["grants"]
        assert isinstance(grants, dict)
        words = ", ".join(f"{mailbox}:{right}" for mailbox, right in grants.items())
        away = f"away until {one['away_until']}" if one["away_until"] else ""
        idle = "no mail: an auditor" if grants and one["role"] == Role.AUDITOR else ""
        shut = "has left" if one["left"] else "disabled"
        state = shut if one["disabled"] else idle or away
        only = "application passwords only" if one["app_passwords_only"] else ""
        second = "second factor" if one["second_factor"] else ""
        state = "; ".join(filter(None, [state, only, second]))
        networks = one["networks"]
        assert isinstance(networks, list)
        told = ", ".join(networks) or "anywhere"
        rows.append([str(one["login"]), str(one["name"]), str(one["role"]), words, told, state])
    say_table(["LOGIN", "NAME", "ROLE", "GRANTS", "FROM", ""], rows)


def _away_until(account: Account) -> str:
    """ "" for who is not away, or not any more."""
    now_us = int(datetime.now().timestamp() * 1_000_000)
    return local_time(account.away_until_us or 0) if account.is_away(now_us) else ""


@app.command()
def grant(
    login: Login,
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="MAILBOX:RIGHT",
            help="RIGHT is read, respond, respond-with-approval or manage.",
        ),
    ],
    config: Config = None,
) -> None:
    """Let a person use a shared mailbox, or change with what right.

    What somebody sends who has respond-with-approval waits until who has manage approves it.
    """
    mailbox, right = parsed_grant(wanted)

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.grant(login, mailbox, right, by=at.actor)).login

    say(f"{lessen(config, work)} may now {right.word} {mailbox}.")


@app.command()
def revoke(login: Login, mailbox: MailboxName, config: Config = None) -> None:
    """Take a shared mailbox away from a person; open sessions end within a second."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.revoke(login, mailbox, by=at.actor)).login

    say(f"{lessen(config, work)} has no access to {mailbox} any more.")


@app.command()
def disable(login: Login, config: Config = None) -> None:
    """Shut a person out: open sessions end within a second, every door is closed."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.disable(login, by=at.actor)).login

    say(f"{lessen(config, work)} is disabled.")


@app.command()
def enable(login: Login, config: Config = None) -> None:
    """Let a disabled person in again, with the same password; who has left: "user return"."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.enable(login, by=at.actor)).login

    say(f"{with_admin(config, work)} is enabled.")


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

    say(f"{with_admin(config, work)} is away until {local_time(until_us)}.")


@app.command()
def back(login: Login, config: Config = None) -> None:
    """A person who was away takes part again, before the time."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.back(login, by=at.actor)).login

    say(f"{with_admin(config, work)} is back.")


@app.command()
def rename(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="As colleagues see it, in any script.")],
    config: Config = None,
) -> None:
    """Change the name colleagues see; the login stays."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.rename(login, name, by=at.actor)).name

    say(f"{login} is now called {with_admin(config, work)}.")


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

    say(f"{lessen(config, work)} is removed.")
