"""Adding and removing shared mailboxes, and their upstream password.

Each change and its record in the access log are one transaction. The password is sealed on its way
in and opened only by ``MailboxPasswords``, for the adapters that sign in upstream. Must never log,
return or repeat one. Who may call this is the caller's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from proxyd.domain.errors import AlreadyExists, BadInput, Gathering, NotFound, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.outbox import Sending
from proxyd.domain.policy_options import BY_KEY
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.secrets import Sealer
from proxyd.domain.types import LogRecord, SharedMailbox
from proxyd.mailtext.addresses import compared
from proxyd.service.actor import Actor
from proxyd.service.admin.accepted_mails import accepted_mails
from proxyd.service.admin.closed_days import OfficeCheck
from proxyd.service.admin.mailbox_input import EMPTY, MailboxWishes, merged, new_mailbox
from proxyd.service.admin.policy_choice import PolicyChange, changes, chosen, chosen_for
from proxyd.service.admin.server_url import (
    IMAP_SCHEMES,
    SMTP_SCHEMES,
    url_of,
)

# Exchange Online allows 256 characters of password; nobody asks for more.
PASSWORD_LIMIT = 1024


class MailboxAdmin:
    def __init__(
        self,
        store: Database,
        sealer: Sealer,
        refresh: Callable[[], Awaitable[None]] | None = None,
        check: OfficeCheck | None = None,
    ) -> None:
        """``refresh`` (Accounts.refresh) lets a change take effect in this process at once; who
        sets office hours or holidays gives a ``check``.
        """
        self._store = store
        self._sealer = sealer
        self._refresh = refresh
        self._check = check

    async def all(self) -> list[SharedMailbox]:
        """By name."""
        return await self._store.read(lambda tx: tx.mailboxes.all())

    async def find(self, name: str) -> SharedMailbox:
        """Raises NotFound."""
        return await self._store.read(lambda tx: _found(tx, name))

    async def checked(
        self, name: str, wanted: MailboxWishes, password: str, *, zone: str = ""
    ) -> SharedMailbox:
        """As ``add`` would make it. Raises BadInput (Mistakes), AlreadyExists."""
        mailbox = _made(name, wanted, password, zone)

        def check(tx: Transaction) -> None:
            if tx.mailboxes.find(mailbox.name) is not None:
                raise AlreadyExists(mailbox.name)
            _check_addresses(tx, mailbox)

        await self._store.read(check)
        return mailbox

    async def checked_password(self, name: str, password: str) -> SharedMailbox:
        """The mailbox, where it may be its password. Raises BadInput, NotFound."""
        mailbox = await self.find(name)
        _check_password(password)
        return mailbox

    async def add(
        self, name: str, wanted: MailboxWishes, password: str, *, by: Actor, zone: str = ""
    ) -> SharedMailbox:
        """``zone``: of the times its people read; "" for the machine's. Raises BadInput (Mistakes),
        AlreadyExists.
        """
        mailbox = _made(name, wanted, password, zone)

        def add(tx: Transaction) -> SharedMailbox:
            _check_addresses(tx, mailbox)
            # The context holds the id, which is known once the row is there.
            added = tx.mailboxes.add(mailbox, b"")
            tx.mailboxes.set_sealed_password(added.id, self._sealed(added.id, password))
            facts = {"did": "mailbox add", **_described(added)}
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=added.name)])
            return added

        return await self._changed(add)

    async def change(
        self, name: str, wanted: MailboxWishes, *, by: Actor, password: str | None = None
    ) -> SharedMailbox:
        """Raises BadInput, NotFound, AlreadyExists (for a new name)."""
        if password is not None:
            _check_password(password)

        def change(tx: Transaction) -> SharedMailbox:
            before = _found(tx, name)
            after = merged(before, wanted)
            _check_addresses(tx, after)
            if after != before:
                tx.mailboxes.update(after)
            if password is not None:
                tx.mailboxes.set_sealed_password(after.id, self._sealed(after.id, password))
            old, new = _described(before), _described(after)
            facts: dict[str, object] = {k: v for k, v in new.items() if old[k] != v}
            facts |= {"did": "mailbox set", "password": password is not None}
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=before.name)])
            return after

        return await self._changed(change)

    async def policy_changes(self, name: str, words: Mapping[str, str]) -> list[PolicyChange]:
        """What ``set_policy`` would change of it. Raises BadInput (Mistakes), NotFound."""

        def look(tx: Transaction) -> list[PolicyChange]:
            mailbox = _found(tx, name)
            after = chosen_for(tx, mailbox, words, self._check)
            return changes(mailbox.policy, after)

        return await self._store.read(look)

    async def set_policy(self, name: str, words: Mapping[str, str], *, by: Actor) -> SharedMailbox:
        """Choose what ``words`` say, keep the rest. Raises BadInput, NotFound."""

        def choose(tx: Transaction) -> SharedMailbox:
            before = _found(tx, name)
            after = replace(before, policy=chosen_for(tx, before, words, self._check))
            if after != before:
                tx.mailboxes.update(after)
            chosen = {key: BY_KEY[key].shown(after.policy) for key in words}
            facts: dict[str, object] = {"did": "mailbox policy", **chosen}
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=before.name)])
            return after

        return await self._changed(choose)

    async def remove(self, name: str, *, by: Actor, discard_waiting: bool = False) -> SharedMailbox:
        """With its conversations, views and grants; upstream everything stays. What was accepted
        and has not left is in the way, unless it is to be discarded. Raises NotFound, BadInput.
        """

        def remove(tx: Transaction) -> SharedMailbox:
            mailbox = _found(tx, name)
            accepted = accepted_mails(tx, mailbox)
            if not discard_waiting:
                accepted.refuse_removal(mailbox.name)
            tx.log.append([_discarded(by, mailbox, each) for each in accepted.lost])
            tx.mailboxes.remove(mailbox.id)
            facts = {"did": "mailbox remove", "address": mailbox.address}
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=mailbox.name)])
            return mailbox

        return await self._changed(remove)

    def _sealed(self, mailbox_id: int, password: str) -> bytes:
        return self._sealer.seal(password, _context(mailbox_id))

    async def _changed(self, work: Callable[[Transaction], SharedMailbox]) -> SharedMailbox:
        mailbox = await self._store.write(work)
        if self._refresh is not None:
            await self._refresh()
        return mailbox


class MailboxPasswords:
    """The upstream passwords, opened; as current as the last ``load``."""

    def __init__(self, store: Database, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer
        self._epoch = -1
        self._sealed: dict[int, bytes] = {}

    async def load(self) -> set[int]:
        """Read what changed. Returns the mailboxes whose password is new or another one."""
        known = self._epoch

        def load(tx: Transaction) -> tuple[int, dict[int, bytes]] | None:
            epoch = tx.mailboxes.epoch()
            if epoch == known:
                return None
            return epoch, {m.id: tx.mailboxes.sealed_password(m.id) for m in tx.mailboxes.all()}

        loaded = await self._store.read(load)
        if loaded is None:
            return set()
        before, (self._epoch, self._sealed) = self._sealed, loaded
        return {m for m, sealed in self._sealed.items() if before.get(m) != sealed}

    def password(self, mailbox_id: int) -> str:
        """Raises StoreUnavailable where there is none, or it is sealed under another master key."""
        sealed = self._sealed.get(mailbox_id)
        if sealed is None:
            raise StoreUnavailable("the upstream password is not known: the mailbox was removed")
        try:
            return self._sealer.open(sealed, _context(mailbox_id))
        except ValueError as error:
            raise StoreUnavailable(
                f"the upstream password cannot be opened ({error}):"
                " set it again with `proxyd mailbox set NAME --password-stdin`"
            ) from error


def reseal_passwords(tx: Transaction, before: Sealer, after: Sealer) -> None:
    """Under another master key. Raises ValueError for one that ``before`` does not open."""
    for mailbox in tx.mailboxes.all():
        context = _context(mailbox.id)
        password = before.open(tx.mailboxes.sealed_password(mailbox.id), context)
        tx.mailboxes.set_sealed_password(mailbox.id, after.seal(password, context))


def _context(mailbox_id: int) -> str:
    """Sealed for this mailbox: in another row it does not open."""
    return f"mailbox {mailbox_id} upstream password"


def _discarded(by: Actor, mailbox: SharedMailbox, sending: Sending) -> LogRecord:
    facts = {"step": "discarded", "writer": sending.login, "to": list(sending.recipients)}
    record = by.record(Action.LEAVING, facts, mailbox=mailbox.name)
    return replace(record, message_id=sending.message_id, conversation=sending.conversation_id)


def _found(tx: Transaction, name: str) -> SharedMailbox:
    mailbox = tx.mailboxes.find(name)
    if mailbox is None:
        raise NotFound("mailbox", name)
    return mailbox


def _made(name: str, wanted: MailboxWishes, password: str, zone: str) -> SharedMailbox:
    """Raises BadInput, Mistakes."""
    gathering = Gathering()
    mailbox = gathering.of(lambda: new_mailbox(name, wanted), EMPTY)
    gathering.of(lambda: _check_password(password), None)
    policy = gathering.of(lambda: chosen(mailbox.policy, {"zone": zone}), mailbox.policy)
    gathering.done()
    return replace(mailbox, policy=policy)


def _check_addresses(tx: Transaction, mailbox: SharedMailbox) -> None:
    """The sender's address decides which mailbox a mail goes out from: it must be one only."""
    for other in tx.mailboxes.all():
        if other.id == mailbox.id:
            continue
        taken = set(map(compared, other.addresses))
        for address in mailbox.addresses:
            if compared(address) in taken:
                raise BadInput(
                    "address", f"{address} belongs to the mailbox {other.name}", "write another one"
                )


def _check_password(password: str) -> None:
    if not password:
        raise BadInput("upstream password", "it is empty", "give it on standard input")
    if len(password) > PASSWORD_LIMIT or any(char in password for char in "\r\n\0"):
        raise BadInput(
            "upstream password",
            "it is too long or has a line break in it",
            f"give one line of at most {PASSWORD_LIMIT} characters",
        )


def _described(mailbox: SharedMailbox) -> dict[str, object]:
    """Everything but the password, for the access log."""
    return {
        "name": mailbox.name,
        "address": mailbox.address,
        "aliases": list(mailbox.aliases),
        "language": mailbox.language,
        "seen": str(mailbox.seen),
        "imap": url_of(mailbox.imap, IMAP_SCHEMES),
        "smtp": url_of(mailbox.smtp, SMTP_SCHEMES),
        "imap_ca_file": mailbox.imap.ca_file or "",
        "smtp_ca_file": mailbox.smtp.ca_file or "",
    }
