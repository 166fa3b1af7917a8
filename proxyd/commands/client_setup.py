"""``proxyd client-setup``: what new colleagues and their mail clients need, in one folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from admin.client_setup.apple_profile import Signer
from proxyd.commands.console import AsJson, Config, agreed, note, say_json
from proxyd.commands.installation import Installation, within
from proxyd.commands.kit_making import KitMaking, KitWritten
from proxyd.domain.client_facts import ClientFacts
from proxyd.domain.errors import BadInput, NotFound
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.admin_input import checked_device
from proxyd.service.admin.app_password_admin import AppPasswordAdmin, NewAppPassword
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.passwords import PasswordHasher


def client_setup(
    logins: Annotated[
        list[str] | None,
        typer.Argument(metavar="LOGIN", help="For these people.", show_default=False),
    ] = None,
    mailbox: Annotated[
        str | None,
        typer.Option(
            "--mailbox", metavar="MAILBOX", help="For all who use this one.", show_default=False
        ),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For everybody.")] = False,  # noqa: FBT002
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Where to: a new folder (mode 0700), or one that this command made.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    new_password: Annotated[
        bool,
        typer.Option(
            "--new-password",
            help="Make a new password for the one person, and write it on the sheet; open "
            "sessions end.",
        ),
    ] = False,
    app_password: Annotated[
        str | None,
        typer.Option(
            "--app-password",
            metavar="NAME",
            help="Make an application password of that name for each person, and write it on the "
            "sheet: what was set up with these files can be shut out alone.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        Literal["en", "ja"] | None,
        typer.Option(
            "--language",
            help="Of the sheets. Without it: that of each person's first mailbox.",
            show_default=False,
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Sheets also as PDF.")] = True,
    sign_certificate: Annotated[
        Path | None,
        typer.Option(
            "--sign-certificate",
            metavar="FILE",
            help="Sign the profiles for Apple's devices with this certificate (PEM, with those "
            "between it and its root), such as that of [tls].",
            show_default=False,
        ),
    ] = None,
    sign_key: Annotated[
        Path | None,
        typer.Option(
            "--sign-key", metavar="FILE", help="The certificate's key (PEM).", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write what sets up mail clients: a sheet for each person, and files for their programs.

    README.txt in that folder says which file goes where. A sheet says what to type: the mailbox's
    address, and a password that names the person. Passwords are known only when they are made: by
    "user add --setup", "user password --setup", or with --new-password or --app-password here;
    else the sheet says to type the one that was given.
    """
    if output is None:
        raise BadInput("--output", "is missing", "name a folder for the files")
    logins = list(dict.fromkeys(login.strip().lower() for login in logins or []))
    _check_choice(logins, mailbox, everybody=everybody, new_password=new_password)
    if new_password and app_password is not None:
        problem = "a sheet has one password"
        raise BadInput("--new-password, --app-password", problem, "write one of both")
    device = None if app_password is None else checked_device(app_password)
    signer = _signer(sign_certificate, sign_key)
    if new_password:
        agreed(f"Give {logins[0]} a new password? Open sessions end.", yes=yes)

    async def work(at: Installation) -> KitWritten:
        making = KitMaking(at, output, "--output")
        facts = await making.facts()
        chosen = logins or _chosen(facts, mailbox)
        making.check_people([await making.person(facts, login) for login in chosen])
        passwords = {chosen[0]: await _new_password(at, chosen[0])} if new_password else {}
        async with _for_devices(at, chosen, device) as secrets:
            return await making.write(
                chosen, passwords | secrets, language=language or "", pdf=pdf, signer=signer
            )

    written = within(config, work)
    if as_json:
        say_json(written.as_json())
        return
    written.told()
    if signer is None:
        note("Profiles for Apple's devices are not signed, and say so: see --sign-certificate.")
    if not new_password and device is None:
        note("Passwords are not known here: the sheets say to type the one that was given.")


def _signer(certificate: Path | None, key: Path | None) -> Signer | None:
    """Raises BadInput, OSError."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "--sign-key" if key is None else "--sign-certificate"
        raise BadInput(missing, "is missing", "name both, certificate and key")
    try:
        return Signer.of(certificate.read_bytes(), key.read_bytes())
    except ValueError as error:
        what = str(error).partition("; ")[0] or "one of the two files can't be read"
        raise BadInput("--sign-certificate, --sign-key", what, "name PEM files that fit") from None


def _check_choice(
    logins: list[str], mailbox: str | None, *, everybody: bool, new_password: bool
) -> None:
    """Raises BadInput."""
    ways = [bool(logins), mailbox is not None, everybody]
    if sum(ways) != 1:
        problem = "nobody is named" if not any(ways) else "people are named in two ways"
        raise BadInput("LOGIN", problem, "write logins, or --mailbox MAILBOX, or --all")
    if new_password and len(logins) != 1:
        raise BadInput("--new-password", "it is for one person", "write one login")


def _chosen(facts: ClientFacts, mailbox: str | None) -> list[str]:
    """Raises NotFound (mailbox), BadInput where there is nobody."""
    if mailbox is not None and mailbox not in {box.name for box in facts.mailboxes}:
        raise NotFound("mailbox", mailbox)
    found = [
        person.login
        for person in facts.people
        if mailbox is None or mailbox in {box.name for box in person.mailboxes}
    ]
    if not found:
        what = "--all" if mailbox is None else "--mailbox"
        instead = f"add people with: proxyd user add LOGIN --grant {mailbox or 'MAILBOX'}:respond"
        raise BadInput(what, "nobody sees mail there yet", instead)
    return found


@asynccontextmanager
async def _for_devices(
    at: Installation, logins: list[str], name: str | None
) -> AsyncIterator[dict[str, str]]:
    """An application password for each, by login; where the files can't be written, none of them
    stays: nobody has seen it. Raises NotFound, AlreadyExists, BadInput.
    """
    admin, made = AppPasswordAdmin(at.store), dict[str, NewAppPassword]()
    for login in logins if name is not None else ():
        await admin.check(login, name or "")
    try:
        for login in logins if name is not None else ():
            made[login] = await admin.add(login, name or "", by=at.actor)
        yield {login: new.secret for login, new in made.items()}
    except BaseException:
        for login, new in made.items():
            await admin.remove(login, str(new.app_password.id), by=at.actor)
        raise


async def _new_password(at: Installation, login: str) -> str:
    checks = PasswordChecks(PasswordHasher(**at.settings.passwords.parameters))
    try:
        made = await AccountAdmin(at.store, checks).set_password(login, by=at.actor)
    finally:
        checks.close()
    assert made.generated is not None  # as none was given
    return made.generated
