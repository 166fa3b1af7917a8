"""Making the kit of some people: for ``proxyd client-setup`` and ``proxyd user … --setup``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from admin.client_setup.apple_profile import Signer
from admin.client_setup.kit import kit, paths
from admin.client_setup.kit_pieces import Order, mailboxes_of
from admin.setup_kit import SetupKit
from proxyd.app.reached import reached
from proxyd.commands.console import note, progress, say
from proxyd.commands.installation import Installation
from proxyd.commands.kit_folder import KitFolder
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson
from proxyd.domain.errors import BadInput, NotFound
from proxyd.service.admin.client_setup import ClientSetup, Reached
from proxyd.service.admin.tag_tokens import TagTokens
from proxyd.settings import Settings
from proxyd.settings_clients import authority
from proxyd.settings_values import Listen

_MANY = 30  # people, of whose sheets the making is noticed


@dataclass(frozen=True, slots=True)
class KitWritten:
    folder: Path
    people: tuple[str, ...]
    files: tuple[str, ...]
    replaced: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "folder": str(self.folder.absolute()),
            "people": list(self.people),
            "files": list(self.files),
            "replaced": list(self.replaced),
        }

    def told(self) -> None:
        say(f"Written to {self.folder}: {len(self.files)} files. Begin with README.txt.")
        if self.replaced:
            say(f"Replaced what was there before: {len(self.replaced)} files.")


class KitMaking:
    """Of one installation, into one folder."""

    def __init__(self, at: Installation, folder: Path, option: str) -> None:
        """Raises BadInput where clients could not be told how to reach us."""
        self._at = at
        self._path = folder
        self._folder = KitFolder(folder, option)
        statuses = at.settings.workflow.status_set
        setup = ClientSetup(at.store, statuses, _reached(at.settings))
        self._setup = SetupKit(setup, TagTokens(at.store, setup, at.keys.tags))

    async def facts(self) -> ClientFacts:
        """Raises StoreUnavailable, Busy."""
        return await self._setup.facts()

    def check(self, logins: Collection[str], mailboxes: Collection[ClientMailbox]) -> None:
        """Before anything is changed. Raises BadInput."""
        self._folder.check(paths(logins, mailboxes))

    def check_people(self, people: Collection[ClientPerson]) -> None:
        self.check([person.login for person in people], mailboxes_of(people))

    async def write(
        self,
        logins: Collection[str],
        passwords: Mapping[str, str],
        *,
        language: str = "",
        pdf: bool = True,
        signer: Signer | None = None,
    ) -> KitWritten:
        """For these people as they are now; the log has it first. Raises BadInput, OSError,
        NotFound, StoreUnavailable, Busy.
        """
        facts = await self.facts()
        people = tuple([await self.person(facts, login) for login in logins])
        self.check_people(people)
        for sentence in _doubts(self._at.settings, facts):
            note(sentence)
        by = self._at.actor
        order = await self._setup.order(
            facts, people, passwords, by=by, language=language, pdf=pdf, signer=signer
        )
        names = [person.login for person in people]
        for sentence in _about_pdfs(order) if pdf else ():
            note(sentence)
        with progress("Making files", len(people)) as done:
            files = kit(order, done)
        replaced = self._folder.write(files, paths(names, mailboxes_of(people)))
        written = tuple(file.path for file in files)
        return KitWritten(self._path, tuple(names), written, tuple(replaced))

    async def person(self, facts: ClientFacts, login: str) -> ClientPerson:
        """Raises NotFound, and BadInput for who couldn't use it."""
        login = login.strip().lower()
        for person in facts.people:
            if person.login == login:
                return person
        found = await self._at.store.read(lambda tx: tx.accounts.find(login))
        if found is None:
            raise NotFound("user", login)
        if found[0].disabled:
            raise BadInput(login, "is disabled", f"let them in with: proxyd user enable {login}")
        instead = f"give a shared mailbox with: proxyd user grant {login} MAILBOX:respond"
        raise BadInput(login, "sees no mail yet", instead)


def _about_pdfs(order: Order) -> Iterator[str]:
    from admin.client_setup.sheet_pdf import unshown  # noqa: PLC0415 - not wanted by all

    if len(order.people) >= _MANY:
        yield f"{len(order.people)} sheets as PDF take some time; --no-pdf leaves them out"
    missing = set(unshown([order.facts.organisation, *(one.name for one in order.people)]))
    if order.facts.organisation in missing:
        yield (
            "clients.organisation: the PDF's font lacks letters of it, so the PDFs show the "
            "mailbox's address instead; sheet.html has it"
        )
    for person in order.people:
        if person.name in missing:
            yield (
                f"{person.login}: the PDF's font lacks letters of their name, so sheet.pdf shows "
                "the login instead; sheet.html has the name"
            )


def _reached(settings: Settings) -> Reached:
    """Raises BadInput for what would make every file wrong."""
    for key, what, instead in authority(settings, datetime.now(UTC)):
        raise BadInput(key, what, instead)
    found = reached(settings)
    for name, at, port in (("imap", found.imap, 993), ("smtp", found.smtp, 465)):
        if at.port == 0:
            problem = f"there is no port in [{name}] that clients could be told"
            raise BadInput(f"clients.{name}", problem, f'write it, as "mail.example.com:{port}"')
    return found


def _doubts(settings: Settings, facts: ClientFacts) -> Iterator[str]:
    """What will not work for most people, and may be meant by some."""
    local = {at.host for at in (facts.imap, facts.smtp) if Listen(at.host, at.port).loopback}
    if local:
        yield (
            f"clients.imap, clients.smtp: {', '.join(sorted(local))} is this machine alone; no "
            "mail client elsewhere reaches it: set server.hostname to the name that clients use"
        )
    if settings.tls.certificate is None:
        yield (
            "tls.certificate: is missing, and mail clients warn or refuse to sign in without one; "
            "name the certificate's and the key's PEM files in [tls]"
        )
