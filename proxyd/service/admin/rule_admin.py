"""A shared mailbox's rules: stored in a new version, shown, and tried on mails.

Each new version and its record in the access log are one transaction; nothing is ever overwritten.
Who may call this is the caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxyd.domain.errors import BadInput, Gathering, NotFound
from proxyd.domain.events import Action
from proxyd.domain.office import office_of
from proxyd.domain.ports.calendar import Calendar
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.rules import StoredRules
from proxyd.domain.rule_reader import read
from proxyd.domain.rules import Rule, fields_of, ruled_mail
from proxyd.domain.ruling import Circumstances, Ruling, problems, ruled
from proxyd.domain.thread import parse_headers
from proxyd.domain.types import Clock, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.mailtext.addresses import compared
from proxyd.mailtext.fields import Header
from proxyd.service.actor import Actor
from proxyd.service.mailbox.authorship import Authorship

# Each mail that was ever met has one of them.
_OF_ANY_MAIL = (b"FROM", b"TO", b"SUBJECT", b"DATE", b"MESSAGE-ID")


@dataclass(frozen=True, slots=True)
class Tried:
    """``ruling`` None: no rule fits."""

    version: int  # 0 = none yet, or of a file that is not stored
    ruling: Ruling | None


class RuleAdmin:
    def __init__(
        self, store: Database, statuses: StatusSet, clock: Clock, calendar: Calendar
    ) -> None:
        self._store = store
        self._statuses = statuses
        self._clock = clock
        self._calendar = calendar

    async def set(self, name: str, text: str, *, by: Actor) -> tuple[int, int]:
        """(the new version, how many rules). Raises BadInput (Mistakes), NotFound."""
        rules = read(text)

        def work(tx: Transaction) -> int:
            mailbox = _found(tx, name)
            self._check(tx, mailbox, rules)
            return _added(tx, mailbox, by, text, {"did": "rules set", "rules": len(rules)})

        return await self._store.write(work), len(rules)

    async def clear(self, name: str, *, by: Actor) -> int:
        """The new version, without a rule. Raises NotFound."""
        facts: dict[str, object] = {"did": "rules clear"}
        return await self._store.write(lambda tx: _added(tx, _found(tx, name), by, "", facts))

    async def history(self, name: str) -> Sequence[StoredRules]:
        """The newest first. Raises NotFound."""
        return await self._store.read(lambda tx: tx.rules.history(_found(tx, name).id))

    async def version(self, name: str, number: int | None = None) -> StoredRules | None:
        """That one, or the newest; None: there is none. Raises NotFound, BadInput."""
        known = await self.history(name)
        if number is None:
            return known[0] if known else None
        found = next((one for one in known if one.version == number), None)
        if found is None:
            told = f"there is no version {number}"
            raise BadInput("--version", told, f"see: proxyd rules history {name}")
        return found

    async def try_on(self, name: str, mails: Sequence[bytes], text: str | None) -> list[Tried]:
        """As if they came in now, one after another, each the first of its conversation.

        By the rules of ``text``, or those in force. Raises BadInput, NotFound.
        """

        def work(tx: Transaction) -> list[Tried]:
            mailbox = _found(tx, name)
            newest = tx.rules.newest(mailbox.id)
            version, rules = 0, tuple[Rule, ...]()
            if text is not None:
                self._check(tx, mailbox, rules := read(text))
            elif newest is not None:
                version, rules = newest.version, read(newest.text) if newest.text else ()
            now = self._circumstances(tx, mailbox)
            found: list[Tried] = []
            for raw in mails:
                ruling = _ruling(rules, mailbox, raw, now)
                found.append(Tried(version, ruling))
                if ruling and ruling.assignee and ruling.turn_of:
                    now = replace(now, last={**now.last, ruling.turn_of: ruling.assignee.id})
            return found

        return await self._store.read(work)

    def _check(self, tx: Transaction, mailbox: SharedMailbox, rules: Sequence[Rule]) -> None:
        gathering = Gathering()
        logins = [account.login for account in tx.accounts.all()]
        now = self._circumstances(tx, mailbox)
        gathering.found += problems(rules, now, mailbox.name, logins)
        gathering.done()

    def _circumstances(self, tx: Transaction, mailbox: SharedMailbox) -> Circumstances:
        return Circumstances(
            mailbox.id,
            self._statuses.keys,
            {account.login: account for account in tx.accounts.all()}.get,
            office_of(mailbox.policy, self._calendar, tx.closed_days.all(mailbox.id)),
            self._clock(),
            tx.rules.last_given(mailbox.id),
        )


def is_mail(raw: bytes) -> bool:
    """Or anything else that somebody has typed the name of."""
    header = Header(raw)
    return any(name in header for name in _OF_ANY_MAIL)


def _ruling(
    rules: Sequence[Rule], mailbox: SharedMailbox, raw: bytes, now: Circumstances
) -> Ruling | None:
    headers = parse_headers(raw)
    own = {compared(address) for address in mailbox.addresses}
    automatic = Authorship(own, lambda _: False).seems_automatic(headers)
    waits = not automatic or headers.notice
    mail = ruled_mail(raw, headers, fields_of(rules), automatic=automatic, waits=waits)
    return ruled(rules, mail, now)


def _added(
    tx: Transaction, mailbox: SharedMailbox, by: Actor, text: str, facts: dict[str, object]
) -> int:
    version = tx.rules.add(mailbox.id, by.name, text)
    detail = {**facts, "version": version}
    tx.log.append([by.record(Action.ADMIN, detail, mailbox=mailbox.name)])
    return version


def _found(tx: Transaction, name: str) -> SharedMailbox:
    mailbox = tx.mailboxes.find(name)
    if mailbox is None:
        raise NotFound("mailbox", name)
    return mailbox
