"""``proxyd user app-passwords-only``: whether a person's own password opens mail."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from proxyd.commands.account_work import with_admin
from proxyd.commands.console import AsJson, Config, note, say, say_json
from proxyd.commands.installation import Installation
from proxyd.domain.app_passwords import is_needed_for_mail
from proxyd.domain.types import Account
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]


class Switch(StrEnum):
    ON = "on"
    OFF = "off"


def app_passwords_only(
    login: Login,
    wanted: Annotated[
        Switch | None,
        typer.Argument(metavar="on|off", help="Without it: show it.", show_default=False),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let a person come in for mail with application passwords only, or with the own one as well.

    With "on" the own password opens no mail; what it has open for mail ends within a second. Who
    types it there is told that an application password is needed.
    """

    async def work(admin: AccountAdmin, at: Installation) -> tuple[Account, int]:
        if wanted is None:
            account = await admin.find(login)
        else:
            only = wanted is Switch.ON
            account = await admin.set_app_passwords_only(login, only=only, by=at.actor)
        return account, len((await AppPasswordAdmin(at.store).of(account.login))[1])

    account, count = with_admin(config, work)
    only = account.app_passwords_only
    if as_json:
        say_json({"login": account.login, "app_passwords_only": only, "app_passwords": count})
    elif only:
        say(f"{account.login} comes in for mail with application passwords only.")
    elif account.second_factor:
        say(
            f"{account.login} comes in for mail with application passwords only, as there is a "
            "second factor."
        )
    else:
        say(f"{account.login} comes in for mail with the own password, or an application password.")
    if is_needed_for_mail(account) and not count:
        note(
            f"{account.login} has none yet, and sees no mail until then; make one with: "
            f'proxyd app-password add {account.login} --name "iPhone"'
        )
