"""``proxyd api-token …``: tokens for programs that use the HTTP API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, say, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.later import group_of
from proxyd.commands.times import coming_time, local_time
from proxyd.domain.api_token import OF_ROLE, USUAL_DAYS, ApiScope, ApiToken
from proxyd.service.admin.api_token_admin import ApiTokenAdmin, NewApiToken

app = group_of(
    "Tokens for programs that use the HTTP API. Each acts as one person, may do what it was made "
    "for and no more than the person's role allows, and ends by itself. See docs/api.md"
)


@app.command()
def add(
    login: Annotated[
        str,
        typer.Argument(
            metavar="LOGIN",
            help="Whose it is, as in: proxyd user list. Better one of its own than a person's.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="What the program is called.", show_default=False)
    ],
    scope: Annotated[
        list[ApiScope] | None,
        typer.Option(
            "--scope",
            help="What it may do; several times. See: proxyd api-token scopes",
            show_default=False,
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="TIME",
            help=f"Until when it is good: a day of the next year. Without it: {USUAL_DAYS} days.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a token for a program. It is shown this once.

    \b
      proxyd api-token add siem --name "SIEM" --scope log:read
      proxyd api-token add it.bot --name "HR sync" --scope people:read --scope people:write
    """
    now = datetime.now().astimezone()
    until_us = None if expires is None else coming_time("--expires", expires, now)

    async def work(at: Installation) -> NewApiToken:
        admin = ApiTokenAdmin(at.store, now_us)
        return await admin.add(login, name, scope or (), by=at.actor, expires_us=until_us)

    new = within(config, work)
    if as_json:
        say_json({**_facts(new.token), "token": new.secret})
        return
    until = local_time(new.token.expires_us)
    say(f"API token {new.token.number} of {new.token.account.login} is good until {until}.")
    say(f"Token (shown this once): {new.secret}")


@app.command("list")
def show(
    login: Annotated[
        str | None,
        typer.Argument(metavar="[LOGIN]", help="Of this person alone.", show_default=False),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show which tokens there are, and when, from where and by what each was used last."""

    async def work(at: Installation) -> list[ApiToken]:
        admin = ApiTokenAdmin(at.store, now_us)
        return await (admin.all() if login is None else admin.of(login))

    there = within(config, work)
    if as_json:
        say_json([_facts(one) for one in there])
    elif not there:
        say("There are no API tokens.")
    else:
        heads = ["NUMBER", "LOGIN", "NAME", "SCOPES", "GOOD UNTIL", "LAST USED", "FROM", "BY", ""]
        say_table(heads, [_row(one) for one in there])


@app.command()
def scopes() -> None:
    """Show what a token can be made for, and which roles may have it."""
    rows = [
        [scope, ", ".join(role for role, may in OF_ROLE.items() if scope in may)]
        for scope in ApiScope
    ]
    say_table(["SCOPE", "ROLES"], rows)


@app.command()
def revoke(
    number: Annotated[
        int,
        typer.Argument(metavar="NUMBER", help="As in: proxyd api-token list", show_default=False),
    ],
    config: Config = None,
) -> None:
    """Take a token away. It opens nothing from the next request on."""

    async def work(at: Installation) -> ApiToken:
        return await ApiTokenAdmin(at.store, now_us).revoke_number(number, by=at.actor)

    gone = within(config, work)
    say(f"{gone.name} (number {gone.number}, {gone.account.login}) opens nothing any more.")


def _row(one: ApiToken) -> list[str]:
    used = local_time(one.used_us) if one.used_us is not None else "never"
    return [
        str(one.number),
        one.account.login,
        one.name,
        ", ".join(one.scopes),
        local_time(one.expires_us),
        used,
        one.used_address,
        one.used_client,
        _state(one),
    ]


def _state(one: ApiToken) -> str:
    if one.account.disabled:
        return "disabled"
    if now_us() >= one.expires_us:
        return "expired"
    lost = [scope for scope in one.scopes if scope not in one.allowed]
    return f"not for {one.account.role}: {', '.join(lost)}" if lost else ""


def _facts(one: ApiToken) -> dict[str, object]:
    return {
        "number": one.number,
        "login": one.account.login,
        "name": one.name,
        "scopes": list(one.scopes),
        "made": local_time(one.created_us),
        "expires": local_time(one.expires_us),
        "last_used": local_time(one.used_us) if one.used_us is not None else None,
        "address": one.used_address,
        "client": one.used_client,
        "state": _state(one),
    }
