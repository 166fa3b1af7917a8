"""``proxyd user networks``: from where a person may come in, shown and changed."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.account_work import with_admin
from proxyd.commands.console import AsJson, Config, say, say_json
from proxyd.commands.installation import Installation
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Account
from proxyd.service.admin.account_admin import AccountAdmin

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]


def networks(
    login: Login,
    wanted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NETWORK]...",
            help="Such as 192.0.2.0/24, 2001:db8::/32 or a single address; all of them each time.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="No limit any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show from where a person may sign in, or choose.

    From elsewhere the right password is answered as a wrong one, at every door, and open sessions
    from there end within a second.
    """
    if wanted and anywhere:
        raise BadInput("user networks", "--anywhere stands beside networks", "write one of both")

    async def work(admin: AccountAdmin, at: Installation) -> Account:
        if wanted or anywhere:
            return await admin.set_networks(login, wanted or [], by=at.actor)
        return await admin.find(login)

    account = with_admin(config, work)
    told = [str(network) for network in account.networks]
    if as_json:
        say_json({"login": account.login, "networks": told})
    else:
        say(f"{account.login} may sign in from {', '.join(told) or 'anywhere'}.")
