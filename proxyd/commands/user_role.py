"""``proxyd user role``: what an account is for."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.account_work import with_admin
from proxyd.commands.console import Config, say
from proxyd.commands.installation import Installation
from proxyd.domain.types import Role
from proxyd.service.admin.account_admin import AccountAdmin

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]


def role(
    login: Login,
    wanted: Annotated[
        Role,
        typer.Argument(
            metavar="ROLE",
            help="staff; admin (accounts and settings; mail only with an own grant); auditor "
            "(access log only, never with a grant).",
            show_default=False,
        ),
    ],
    config: Config = None,
) -> None:
    """Give a person another role; open sessions end within a second."""

    async def work(admin: AccountAdmin, at: Installation) -> str:
        return (await admin.set_role(login, wanted, by=at.actor)).login

    say(f"{with_admin(config, work)} is {wanted} now.")
