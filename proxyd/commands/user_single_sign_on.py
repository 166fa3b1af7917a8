"""``proxyd user single-sign-on``: who somebody is at the organisation's identity provider."""

from __future__ import annotations

from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, agreed, say, say_json
from proxyd.commands.installation import Installation, within
from proxyd.commands.times import local_time
from proxyd.domain.ports.identities import Binding
from proxyd.domain.types import Account
from proxyd.service.accounts.single_sign_on import binding_of
from proxyd.service.accounts.single_sign_on import unbind as unbound

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]


def single_sign_on(
    login: Login,
    config: Config = None,
    *,
    unbind: Annotated[
        bool,
        typer.Option(
            "--unbind",
            help="Forget who they are there: the account at the provider was made anew. It is in "
            "the access log.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who a person is at the identity provider, or forget it.

    An account is bound to one person there when that one signs in for the first time, and opens to
    nobody else who gets the same login there. Unbound, it is bound anew by the next sign-in.
    """
    if unbind:
        agreed(f"Forget who {login} is at the identity provider?", yes=yes)

    async def work(at: Installation) -> tuple[Account, Binding | None]:
        if unbind:
            return await unbound(at.store, login, by=at.actor), None
        return await binding_of(at.store, login)

    account, binding = within(config, work)
    if as_json:
        say_json({"login": account.login, "single_sign_on": _told(binding)})
    elif unbind:
        say(f"{account.login} is bound to nobody at the identity provider any more.")
    elif binding is not None:
        since, used = local_time(binding.bound_us), local_time(binding.used_us)
        say(f"{account.login} is {binding.subject} at {binding.issuer}, since {since}.")
        say(f"Last sign-in from there: {used}")
    else:
        say(f"{account.login} is bound to nobody at the identity provider.")


def _told(binding: Binding | None) -> dict[str, str] | None:
    if binding is None:
        return None
    return {
        "issuer": binding.issuer,
        "subject": binding.subject,
        "bound": local_time(binding.bound_us),
        "used": local_time(binding.used_us),
    }
