"""A new password, shown once: with ``--setup`` of "user add" and "user password" the files that go
with it, with ``--app-password`` one for a device beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxyd.commands.console import note, say, say_json
from proxyd.commands.installation import Installation
from proxyd.domain.errors import BadInput
from proxyd.domain.roles import may_have_grants
from proxyd.domain.types import Account, Right, Role
from proxyd.service.admin.account_admin import NewPassword
from proxyd.service.admin.admin_input import checked_device, checked_login
from proxyd.service.admin.app_password_admin import AppPasswordAdmin, NewAppPassword

if TYPE_CHECKING:
    from proxyd.commands.kit_making import KitMaking, KitWritten

Setup = Annotated[
    Path | None,
    typer.Option(
        "--setup",
        metavar="DIR",
        help="Also write the sheet with address and password to this folder, and what sets up "
        "mail clients: see proxyd client-setup --help.",
        show_default=False,
    ),
]
AppPasswordName = Annotated[
    str | None,
    typer.Option(
        "--app-password",
        metavar="NAME",
        help="Also make an application password for a device of that name; the files of --setup "
        "have it instead of the person's own.",
        show_default=False,
    ),
]


def _making(at: Installation, setup: Path) -> KitMaking:
    from proxyd.commands.kit_making import KitMaking  # noqa: PLC0415 - as long to load as a command

    return KitMaking(at, setup, "--setup")


async def making_for_new(
    at: Installation, setup: Path, login: str, grants: Mapping[str, Right]
) -> KitMaking:
    """What can't be written is known before the person is added. Raises BadInput."""
    making, login = _making(at, setup), checked_login(login)
    if not grants:
        instead = "give a shared mailbox with: --grant MAILBOX:respond"
        raise BadInput(login, "would see no mail yet", instead)
    facts = await making.facts()
    making.check([login], [box for box in facts.mailboxes if box.name in grants])
    return making


async def making_for_known(at: Installation, setup: Path, login: str) -> KitMaking:
    """The same, before a password is changed. Raises BadInput, NotFound."""
    making = _making(at, setup)
    making.check_people([await making.person(await making.facts(), login)])
    return making


def checked_for_device(name: str | None, role: Role, grants: Mapping[str, Right]) -> str | None:
    """Before the person is added. Raises BadInput for a name that is none, or where it would open
    nothing.
    """
    if name is None:
        return None
    if role is not Role.STAFF and not (grants and may_have_grants(role)):
        raise BadInput(
            "--app-password",
            f"a login of the role {role} reads no mail, so it would open nothing",
            "leave it out" if role is Role.AUDITOR else "leave it out, or add --grant",
        )
    return checked_device(name)


async def made_for_device(at: Installation, login: str, name: str | None) -> NewAppPassword | None:
    """Raises BadInput, NotFound, AlreadyExists."""
    if name is None:
        return None
    return await AppPasswordAdmin(at.store).add(login, name, by=at.actor)


async def show_password(
    did: str,
    new: NewPassword,
    making: KitMaking | None,
    typed: str | None,
    app: NewAppPassword | None = None,
    *,
    as_json: bool,
) -> None:
    """With the files of the person, where they are wanted. A password that was made is shown
    whatever becomes of them: it is known to nobody else.
    """
    login, written = new.account.login, None
    try:
        if making is not None:
            password = app.secret if app is not None else new.generated or typed or ""
            written = await making.write([login], {login: password})
    finally:
        if as_json:
            say_json(_as_json(new, app, written))
        else:
            say(f"{login} {did}.")
            if new.generated:
                say(f"Password (shown this once): {new.generated}")
            if app is not None:
                say_app_password(app)
    if written is not None and not as_json:
        written.told()


def note_shut(account: Account) -> None:
    """Whoever is shut out does not come in by a new password either."""
    if not account.disabled:
        return
    left, login = account.left_us is not None, account.login
    how = (
        f"has left: proxyd user return {login}"
        if left
        else f"is disabled: proxyd user enable {login}"
    )
    note(f"It opens nothing yet, as {login} {how}")


def say_app_password(new: NewAppPassword) -> None:
    one, scopes = new.app_password, " and ".join(new.app_password.scopes)
    say(f"{new.account.login}: application password {one.name!r}, number {one.id}, for {scopes}.")
    say(f"Application password (shown this once): {new.secret}")
    note_shut(new.account)
    if not new.account.grants:
        login = new.account.login
        note(
            f"It opens nothing until {login} has a shared mailbox: "
            f"proxyd user grant {login} MAILBOX:respond"
        )


def app_password_json(new: NewAppPassword) -> dict[str, object]:
    one = new.app_password
    words = {"number": one.id, "name": one.name, "scopes": list(one.scopes)}
    return {"app_password": {**words, "password": new.secret}}


def _as_json(
    new: NewPassword, app: NewAppPassword | None, written: KitWritten | None
) -> dict[str, object]:
    account = new.account
    shown = {"login": account.login, "name": account.name, "role": account.role}
    return {
        **shown,
        **({"password": new.generated} if new.generated else {}),
        **(app_password_json(app) if app else {}),
        **({"setup": written.as_json()} if written else {}),
    }
