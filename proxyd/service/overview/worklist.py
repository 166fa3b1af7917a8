"""The list of conversations, and handing one on, for who looks after them.

Each question is recorded before it answers. What is not theirs is answered as what there is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import BadInput, Busy, NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.conversations import ConversationQuery, ConversationRow, Place
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.orders import Wanted
from proxyd.domain.types import Account, Clock, Right, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.actor import Actor
from proxyd.service.mail.personal_mail import Counter
from proxyd.service.orders import carried_out
from proxyd.service.scope import manages, seen_by

PAGE = 40
NOT_DONE, ANY = "", "any"  # statuses that may be asked for, besides the keys


@dataclass(frozen=True, slots=True)
class ListAsked:
    """``status``: NOT_DONE, ANY or a key; ``assignee``: a login, "" for nobody, None for anybody;
    ``older_us``: not changed for so long. ``beyond``, ``newer``: see ConversationQuery.
    """

    mailbox: str | None = None
    status: str = NOT_DONE
    assignee: str | None = None
    older_us: int = 0
    overdue: bool = False
    beyond: Place | None = None
    newer: bool = False


@dataclass(frozen=True, slots=True)
class ListPage:
    """``mailboxes`` and ``people`` may be asked for. ``newer``, ``older``: there are more on that
    side. ``mails``: how many each conversation has here.
    """

    mailboxes: Sequence[SharedMailbox]
    people: Sequence[Account]
    rows: Sequence[ConversationRow]
    mails: Mapping[int, int]
    newer: bool
    older: bool


class Worklist:
    def __init__(
        self,
        store: Database,
        statuses: StatusSet,
        counters: Callable[[], Mapping[int, Counter]],
        clock: Clock,
    ) -> None:
        """``counters`` are the mailboxes that are served, by number."""
        self._store = store
        self._statuses = statuses
        self._counters = counters
        self._clock = clock

    async def page(self, account: Account, asked: ListAsked, *, by: Actor) -> ListPage:
        """Raises NotFound for a mailbox that is not theirs, BadInput for a status that is none."""
        if asked.status not in (NOT_DONE, ANY, *self._statuses.keys):
            known = ", ".join(self._statuses.keys)
            raise BadInput("status", f"there is no {asked.status!r}", f"write one of: {known}")
        await self._record(by, asked)
        return await self._store.read(lambda tx: self._page(tx, account, asked))

    async def _record(self, by: Actor, asked: ListAsked) -> None:
        facts: dict[str, object] = {"did": "conversations"}
        for name in ("mailbox", "assignee"):
            if (value := getattr(asked, name)) is not None:
                facts[name] = value
        if asked.status:
            facts["status"] = asked.status
        record = by.record(Action.AUDIT, facts)
        await self._store.write(lambda tx: tx.log.append([record]))

    def _page(self, tx: Transaction, account: Account, asked: ListAsked) -> ListPage:
        allowed = seen_by(account, tx.mailboxes.all())
        meant = [one for one in allowed if asked.mailbox in (None, one.name)]
        if asked.mailbox is not None and not meant:
            raise NotFound("mailbox", asked.mailbox)
        found = tx.conversations.page(self._query(meant, asked))
        rows = found[-PAGE:] if asked.newer else found[:PAGE]
        more = len(found) > PAGE
        came_from = asked.beyond is not None
        ids = {one.id for one in allowed}
        return ListPage(
            allowed,
            [one for one in tx.accounts.all() if ids & one.grants.keys()],
            rows,
            tx.conversations.mails([one.number for one in rows]),
            newer=more if asked.newer else came_from,
            older=came_from if asked.newer else more,
        )

    def _query(self, meant: Sequence[SharedMailbox], asked: ListAsked) -> ConversationQuery:
        keys = [key for key in self._statuses.keys if key != self._statuses.answered]
        statuses = tuple(keys) if asked.status == NOT_DONE else (asked.status,)
        return ConversationQuery(
            tuple(one.id for one in meant),
            None if asked.status == ANY else statuses,
            asked.assignee,
            self._clock() - asked.older_us if asked.older_us else None,
            asked.overdue,
            asked.beyond,
            asked.newer,
            PAGE + 1,  # whether there are more
        )

    async def hand_over(self, account: Account, number: int, to: str, *, by: Actor) -> None:
        """``to``: a login, "" for nobody. Raises NotFound where it is not theirs to do, BadInput
        for who can't answer there, Busy where the mailbox is not served just now.
        """
        found = await self._store.read(lambda tx: _mailbox_of(tx, number))
        if found is None or not manages(account, found.id):
            raise NotFound("conversation", str(number))
        counter = self._counters().get(found.id)
        if counter is None:
            raise Busy("mailbox")
        wanted = Wanted(by.name, by.origin, one=number, assign=True, to=to)
        outcome = await carried_out(counter.room, wanted)
        if outcome.refused:
            raise BadInput(*outcome.refused)
        if outcome.failed:
            raise Busy("mailbox")


def _mailbox_of(tx: Transaction, number: int) -> SharedMailbox | None:
    row = tx.conversations.find(number)
    return tx.mailboxes.find(row.mailbox) if row is not None else None


def heirs_in(tx: Transaction, mailbox_id: int) -> list[Account]:
    """Who may go on with a conversation there."""
    return [
        one
        for one in tx.accounts.all()
        if not one.disabled and one.grants.get(mailbox_id, 0) >= Right.RESPOND
    ]
