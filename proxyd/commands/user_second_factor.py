"""``proxyd user second-factor``: what a person has besides the password, and the reset of what is
lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, agreed, say, say_json
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.times import local_time
from proxyd.domain.errors import NotFound
from proxyd.domain.passkey import Passkey
from proxyd.domain.ports.database import Transaction
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
        typer.Option("--remove", help="Take all away: a phone is lost. It is in the access log."),
    ] = False,
    passkey: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", help="With --remove: this passkey alone.", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a person's second factors for the console, or take them away.

    Once all are gone the password alone opens the console, and mail, until the person sets up
    another one.
    """
    if passkey is not None and not remove:
        raise typer.BadParameter("goes with --remove", param_hint="--passkey")
    if remove:
        what = "second factors" if passkey is None else f"passkey {passkey}"
        agreed(f"Take the {what} of {login} away?", yes=yes)

    async def work(at: Installation) -> _Has:
        issuer = at.settings.server.hostname
        factors = SecondFactors(at.store, at.sealer, OneTimeCodes(), now_us, issuer)
        if remove and passkey is None:
            await factors.remove_all(login, by=at.actor)
        elif passkey is not None:
            await factors.remove_passkey(login, passkey, by=at.actor)
        return await at.store.read(lambda tx: _has(tx, login))

    account, factor, passkeys = within(config, work)
    if as_json:
        say_json(_told(account, factor, passkeys))
    elif remove and not factor.there:
        say(f"{account.login} has no second factor any more.")
    elif not factor.there:
        say(f"{account.login} has no second factor.")
    else:
        say("\n".join(_lines(account, factor, passkeys)))


_Has = tuple[Account, SecondFactor, Sequence[Passkey]]


def _has(tx: Transaction, login: str) -> _Has:
    """Raises NotFound."""
    typed = login.strip().lower()
    found = tx.accounts.find(typed)
    if found is None:
        raise NotFound("user", typed)
    account = found[0]
    passkeys = [row.passkey for row in tx.passkeys.of(account.id)]
    return account, tx.second_factors.of(account.id), passkeys


def _told(account: Account, factor: SecondFactor, passkeys: Sequence[Passkey]) -> dict[str, object]:
    return {
        "login": account.login,
        "app_since": _time(factor.since_us),
        "recovery_codes": factor.recovery_codes,
        "passkeys": [
            {
                "number": one.id,
                "name": one.name,
                "since": _time(one.created_us),
                "used": _time(one.last_use.at_us) if one.last_use is not None else None,
            }
            for one in passkeys
        ],
    }


def _lines(account: Account, factor: SecondFactor, passkeys: Sequence[Passkey]) -> list[str]:
    left = factor.recovery_codes
    codes = "1 recovery code" if left == 1 else f"{left} recovery codes"
    app = f"an authenticator app since {_time(factor.since_us)}, " if factor.since_us else ""
    count = f"{len(passkeys)} passkeys, " if len(passkeys) > 1 else "a passkey, "
    lines = [f"{account.login} has {app}{count if passkeys else ''}and {codes} left."]
    for one in passkeys:
        used = f"last used {_time(one.last_use.at_us)}" if one.last_use else "never used"
        lines.append(f"  {one.id}  {one.name}, made {_time(one.created_us)}, {used}")
    return lines


def _time(at_us: int | None) -> str | None:
    return local_time(at_us) if at_us is not None else None
