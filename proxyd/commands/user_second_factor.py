"""``proxyd user second-factor``: what a person has besides the password; and the reset of a lost
phone.
"""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, agreed, say, say_json
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.times import local_time
from proxyd.domain.errors import NotFound
from proxyd.domain.second_factor import SecondFactor
from proxyd.domain.types import Account
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.store.one_time_codes import OneTimeCodes

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]


def second_factor(
    login: Login,
    config: Config = None,
    *,
    remove: Annotated[
        bool,
        typer.Option("--remove", help="Take it away: a phone is lost. It is in the access log."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a person's second factor for the console, or take it away.

    Afterwards the password alone opens the console, and mail, until the person sets up another one.
    """
    if remove:
        agreed(f"Take the second factor of {login} away?", yes=yes)

    async def work(at: Installation) -> tuple[Account, SecondFactor]:
        issuer = at.settings.server.hostname
        factors = SecondFactors(at.store, at.sealer, OneTimeCodes(), now_us, issuer)
        if remove:
            account = await factors.remove(login, by=at.actor)
            return account, SecondFactor()
        typed = login.strip().lower()
        found = await at.store.read(lambda tx: tx.accounts.find(typed))
        if found is None:
            raise NotFound("user", typed)
        return found[0], await factors.of(found[0].id)

    account, factor = within(config, work)
    since = local_time(factor.since_us) if factor.since_us is not None else ""
    if as_json:
        told = {"app_since": since or None, "recovery_codes": factor.recovery_codes}
        say_json({"login": account.login, **told})
    elif remove:
        say(f"{account.login} has no second factor any more.")
    elif since:
        left = factor.recovery_codes
        codes = "1 recovery code" if left == 1 else f"{left} recovery codes"
        say(f"{account.login} has an authenticator app since {since}, and {codes} left.")
    else:
        say(f"{account.login} has no second factor.")
