"""Who needs what to set up a mail client: from accounts, grants and mailboxes, as they are now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from proxyd.domain.alike_names import called_apart
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson, ClientServer, Tag
from proxyd.domain.client_tags import client_tags
from proxyd.domain.events import Action
from proxyd.domain.folder_names import ViewNames
from proxyd.domain.notes import note_address
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.tags_told import TagsTold, told_of_mailbox, told_to_person
from proxyd.domain.types import Account, Right, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.actor import Actor


@dataclass(frozen=True, slots=True)
class Reached:
    """How clients reach this installation; see ``ClientFacts``."""

    organisation: str
    imap: ClientServer
    smtp: ClientServer
    web: str
    ca_pem: str


class ClientSetup:
    def __init__(self, store: Database, statuses: StatusSet, reached: Reached) -> None:
        self._store = store
        self._statuses = statuses
        self._reached = reached

    async def facts(self) -> ClientFacts:
        """Of everybody who has a mailbox and is not switched off, by login. Raises
        StoreUnavailable, Busy.
        """
        return await self._store.read(self._facts)

    async def tags(self, names: Collection[str], language: str) -> tuple[Tag, ...]:
        """Those of the mailboxes called ``names``. Raises StoreUnavailable, Busy."""

        def look(tx: Transaction) -> tuple[Tag, ...]:
            ids = [box.id for box in tx.mailboxes.all() if box.name in names]
            return self._tags(tx.accounts.all(), ids, language)

        return await self._store.read(look)

    async def record(self, logins: Iterable[str], *, by: Actor) -> None:
        """That the files of these people are made: before they are. Raises StoreUnavailable,
        Busy.
        """
        record = by.record(Action.ADMIN, {"did": "client setup", "logins": sorted(logins)})
        await self._store.write(lambda tx: tx.log.append([record]))

    async def told_to(self, account_id: int) -> TagsTold | None:
        """None where that person is not in ``facts``. Raises StoreUnavailable, Busy."""

        def look(tx: Transaction) -> TagsTold | None:
            accounts = tx.accounts.all()
            boxes = {box.id: box for box in tx.mailboxes.all()}
            found = [one for one in accounts if one.id == account_id and not one.disabled]
            person = self._person(found[0], boxes, accounts) if found else None
            return None if person is None else told_to_person(self._reached.organisation, person)

        return await self._store.read(look)

    async def told_of(self, mailbox_id: int) -> TagsTold | None:
        """None where there is no such mailbox. Raises StoreUnavailable, Busy."""

        def look(tx: Transaction) -> TagsTold | None:
            for box in tx.mailboxes.all():
                if box.id == mailbox_id:
                    tags = self._tags(tx.accounts.all(), [box.id], box.language)
                    return told_of_mailbox(self._reached.organisation, self._mailbox(box), tags)
            return None

        return await self._store.read(look)

    def _facts(self, tx: Transaction) -> ClientFacts:
        boxes = {box.id: box for box in tx.mailboxes.all()}
        accounts = tx.accounts.all()
        people = [self._person(one, boxes, accounts) for one in accounts if not one.disabled]
        return ClientFacts(
            organisation=self._reached.organisation,
            imap=self._reached.imap,
            smtp=self._reached.smtp,
            web=self._reached.web,
            ca_pem=self._reached.ca_pem,
            mailboxes=tuple(map(self._mailbox, boxes.values())),
            people=tuple(person for person in people if person is not None),
        )

    def _person(
        self, one: Account, boxes: dict[int, SharedMailbox], accounts: Collection[Account]
    ) -> ClientPerson | None:
        theirs = [boxes[id_] for id_ in one.grants if id_ in boxes]
        if not theirs:
            return None
        return ClientPerson(
            login=one.login,
            name=one.name,
            mailboxes=tuple(map(self._mailbox, theirs)),
            tags=self._tags(accounts, [box.id for box in theirs], theirs[0].language),
            may_respond=any(one.grants[box.id] >= Right.RESPOND for box in theirs),
            needs_approval=one.grants[theirs[0].id] is Right.RESPOND_WITH_APPROVAL,
        )

    def _tags(
        self, accounts: Collection[Account], mailboxes: Collection[int], language: str
    ) -> tuple[Tag, ...]:
        """``mailboxes``: in the order of the folder tree. Who works in the first is called as the
        folder there is.
        """
        staff = [
            one
            for id_ in mailboxes
            for one in sorted(accounts, key=lambda one: one.id)
            if one.grants.get(id_, 0) >= Right.RESPOND
        ]
        called = called_apart({one.login: one.name for one in staff}.items())
        working = {one.login: called[one.login] for one in staff if not one.disabled}
        return client_tags(self._statuses, working.items(), language)

    def _mailbox(self, box: SharedMailbox) -> ClientMailbox:
        views = ViewNames(box.language, self._statuses, box.policy.folder_order)
        return ClientMailbox(
            box.name,
            box.address,
            box.language,
            note_address(box.address),
            views,
            box.policy.send_delay_s,
        )
