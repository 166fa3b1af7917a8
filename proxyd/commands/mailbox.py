"""``proxyd mailbox …``: the shared mailboxes and how to reach them at the provider."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

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
from proxyd.commands.installation import Installation, within
from proxyd.commands.language import Language
from proxyd.commands.later import group_of
from proxyd.commands.zone import chosen_zone, machine_zone
from proxyd.domain.errors import BadInput, Gathering
from proxyd.domain.notes import note_address
from proxyd.domain.types import SeenMode, SharedMailbox
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.mailbox_input import MailboxWishes, new_mailbox
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES, url_of

T = TypeVar("T")

app = group_of(
    "Shared mailboxes: the real accounts behind.",
    {
        "test": "mailbox_probe:probe",
        "policy": "mailbox_policy:policy",
        "holidays": "mailbox_holidays:holidays",
        "status": "mailbox_status:status",
    },
)


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A short name of your choice, such as support.")
]
Address = Annotated[
    str | None,
    typer.Option("--address", metavar="ADDRESS", help="The mail address customers write to."),
]
Imap = Annotated[
    str | None,
    typer.Option(
        "--imap",
        metavar="URL",
        help="imaps://USER@HOST:PORT or imap+starttls://…; imap:// for this machine only. USER may "
        "hold an @.",
    ),
]
Smtp = Annotated[
    str | None,
    typer.Option(
        "--smtp",
        metavar="URL",
        help="smtps://USER@HOST:PORT or smtp+starttls://…; smtp:// for this machine only. Without "
        "USER@: the IMAP user.",
    ),
]
SmtpUser = Annotated[
    str | None, typer.Option("--smtp-user", metavar="USER", help="Where it is not the IMAP user.")
]
Alias = Annotated[
    list[str] | None,
    typer.Option(
        "--alias",
        metavar="ADDRESS",
        help="Another address of this mailbox people may write from. May be given several times.",
        show_default=False,
    ),
]
InLanguage = Annotated[
    Language | None,
    typer.Option("--language", help="Of folder names and sentences.", show_default="en"),
]
Seen = Annotated[
    SeenMode | None,
    typer.Option("--seen", help="Is 'read' each person's own, or shared?", show_default="person"),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        metavar="ZONE",
        help="Of the times that people read, such as Asia/Tokyo. Without it: Asia/Tokyo for "
        "--language ja, else this machine's.",
        show_default=False,
    ),
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        "--ca-file",
        metavar="FILE",
        help='PEM file of a private authority that signed the servers\' certificates; "" for the '
        "system's own.",
        show_default=False,
    ),
]


def with_admin(config: Config, work: Callable[[MailboxAdmin, Installation], Awaitable[T]]) -> T:
    async def run(installation: Installation) -> T:
        return await work(MailboxAdmin(installation.store, installation.sealer), installation)

    return within(config, run)


def _ca_file(path: Path | None) -> str | None:
    """As ``MailboxWishes`` takes it; checked now, because otherwise it fails when nobody looks."""
    if path is None:
        return None
    if str(path) in {"", "."}:  # the framework makes "" a path
        return ""
    try:
        if b"-----BEGIN CERTIFICATE-----" in path.read_bytes():
            return str(path.absolute())
        problem = "has no PEM certificate in it"
    except OSError as error:
        problem = f"can't be read ({error.strerror})"
    raise BadInput("--ca-file", f"{path} {problem}", "write the path of the authority's PEM file")


@app.command()
def add(
    name: Name,
    address: Address = None,
    imap: Imap = None,
    smtp: Smtp = None,
    smtp_user: SmtpUser = None,
    alias: Alias = None,
    language: InLanguage = None,
    seen: Seen = None,
    ca_file: CaFile = None,
    zone: Zone = None,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a shared mailbox. Its password is stored encrypted, and never shown again."""
    gathering = Gathering()
    trusted = gathering.of(lambda: _ca_file(ca_file), None)
    wanted = MailboxWishes(
        address=address,
        imap=imap,
        smtp=smtp,
        smtp_user=smtp_user,
        imap_ca_file=trusted,
        smtp_ca_file=trusted,
        aliases=alias,
        language=language,
        seen=seen,
    )
    gathering.of(lambda: new_mailbox(name, wanted), None)
    if zone is not None:
        gathering.of(lambda: chosen_zone(zone, language), "")
    gathering.done()
    chosen = chosen_zone(zone, language)  # else asked for on a terminal, once all else is right
    password = typed_password("The mailbox's password", from_stdin=password_stdin)

    async def work(admin: MailboxAdmin, at: Installation) -> SharedMailbox:
        added = await admin.add(name, wanted, password, by=at.actor)
        if chosen:
            return await admin.set_policy(added.name, {"zone": chosen}, by=at.actor)
        return added

    added = with_admin(config, work)
    quoted = shlex.quote(added.name)
    say(f"{added.name} is added. See whether it works: proxyd mailbox test {quoted}")
    note(
        f"Its people read times of {chosen or machine_zone()}; for others: proxyd mailbox policy "
        f"{quoted} zone=ZONE"
    )


@app.command("set")
def change(
    name: Name,
    address: Address = None,
    imap: Imap = None,
    smtp: Smtp = None,
    smtp_user: SmtpUser = None,
    alias: Alias = None,
    language: InLanguage = None,
    seen: Seen = None,
    ca_file: CaFile = None,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NEW", help="Another name.")
    ] = None,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
) -> None:
    """Change what is given, keep the rest. With --password-stdin: the new password."""
    trusted = _ca_file(ca_file)
    wanted = MailboxWishes(
        address=address,
        imap=imap,
        smtp=smtp,
        smtp_user=smtp_user,
        imap_ca_file=trusted,
        smtp_ca_file=trusted,
        aliases=None if alias is None else [one for one in alias if one],
        language=language,
        seen=seen,
        name=new_name,
    )
    if wanted == MailboxWishes() and not password_stdin:
        raise BadInput("mailbox set", "there is nothing to change", "give at least one option")
    password = typed_password("", from_stdin=True) if password_stdin else None

    async def work(admin: MailboxAdmin, at: Installation) -> SharedMailbox:
        return await admin.change(name, wanted, by=at.actor, password=password)

    say(f"{with_admin(config, work).name} is changed.")


@app.command("list")
def show(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show all shared mailboxes. Passwords are never shown."""

    async def work(admin: MailboxAdmin, _: Installation) -> list[SharedMailbox]:
        return await admin.all()

    rows = [_described(mailbox) for mailbox in with_admin(config, work)]
    if as_json:
        say_json(rows)
        return
    columns = ("name", "address", "notes", "imap", "smtp", "language", "seen")
    say_table([one.upper() for one in columns], [[str(row[c]) for c in columns] for row in rows])


def _described(mailbox: SharedMailbox) -> dict[str, object]:
    return {
        "name": mailbox.name,
        "address": mailbox.address,
        "notes": note_address(mailbox.address),
        "aliases": list(mailbox.aliases),
        "imap": url_of(mailbox.imap, IMAP_SCHEMES),
        "smtp": url_of(mailbox.smtp, SMTP_SCHEMES),
        "ca_file": mailbox.imap.ca_file or "",
        "language": mailbox.language,
        "seen": str(mailbox.seen),
    }


@app.command()
def remove(
    name: Name,
    config: Config = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    discard_waiting: Annotated[
        bool,
        typer.Option(
            "--discard-waiting",
            help="Also where accepted mails have not left yet: they are never sent, and are lost.",
        ),
    ] = False,
) -> None:
    """Remove a shared mailbox from the proxy, with the states of its mails.

    At the provider nothing changes: every mail stays where it is. It is refused while mails that
    were accepted wait to leave, or for approval.
    """
    agreed(f"Remove {name}, with status and assignee of all its mails?", yes=yes)

    async def work(admin: MailboxAdmin, at: Installation) -> SharedMailbox:
        return await admin.remove(name, by=at.actor, discard_waiting=discard_waiting)

    say(f"{with_admin(config, work).name} is removed.")
