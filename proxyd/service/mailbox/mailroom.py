"""One shared mailbox at work: its truth in memory, its store, its upstream, one change at a time.

Every change goes through ``change``: staged synchronously, committed, applied, published. The
caller may be cancelled (a client that hangs up) at any await: the change itself is always carried
to its end, so that memory never says other than the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from proxyd.domain.errors import UpstreamSignInRefused, UpstreamUnavailable
from proxyd.domain.guard import Answer
from proxyd.domain.ports import Store, Transaction, UpstreamMailbox
from proxyd.domain.types import Account, Clock, LogRecord, Right, SharedMailbox
from proxyd.domain.workflow import ASSIGNEE_PREFIX, STATUS_PREFIX, StatusSet
from proxyd.service.api import Observer
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.effects import Effects, Told
from proxyd.service.mailbox.model import Conversation, Folder, MailboxState, Message, View
from proxyd.service.mailbox.numbering import numbered
from proxyd.service.mailbox.plan import plan_of
from proxyd.service.mailbox.rows import Rows

T = TypeVar("T")

_log = logging.getLogger(__name__)


class People(Protocol):
    """Who is who; kept up to date by the accounts service."""

    def all(self) -> Iterable[Account]: ...

    def by_id(self, account_id: int) -> Account | None: ...

    def by_login(self, login: str) -> Account | None: ...


@dataclass(frozen=True, slots=True)
class Shop:
    """What all mailrooms have in common."""

    store: Store
    people: People
    statuses: StatusSet
    clock: Clock
    digest: Callable[[str], str]  # keyed digest of a subject, for the access log


class Mailroom:
    def __init__(self, mailbox: SharedMailbox, upstream: UpstreamMailbox, shop: Shop) -> None:
        self.mailbox = mailbox
        self.upstream = upstream
        self.shop = shop
        self.state = MailboxState()
        self.version = 0  # grows when the folder tree changes
        self.line_up = False
        self.line_reason = "not connected yet"
        self.sign_in_refused = False  # by the provider: an admin must act
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()
        self._shown: dict[tuple[tuple[str, ...], bool, str, int | None], tuple[str, ...]] = {}

    # ------------------------------------------------------------------ changing

    async def change(self, stage: Callable[[Change], T]) -> T:
        """Stage, commit, apply, publish. What ``stage`` raises leaves no trace.

        Raises what ``stage`` raises, and StoreUnavailable.
        """
        task = asyncio.get_running_loop().create_task(self._carry_out(stage))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _carry_out(self, stage: Callable[[Change], T]) -> T:
        async with self._turn:
            change = Change(self.mailbox.id, self.state, self.shop.clock())
            result = stage(change)
            if not change.staged.is_empty():
                finished = self.shop.statuses.answered
                plan = plan_of(change.staged, self.state.views, finished)
                numbers = numbered(change.staged, plan, self.state.modseq)
                rows = Rows(self.mailbox.id, change.staged, plan, numbers, change.now_us)
                await self.shop.store.write(rows.write)
                effects = Effects(self.state, change.staged, plan, numbers, change.now_us)
                told = effects.apply()
                change.entered = {
                    (view, message): uid
                    for view, arrivals in plan.entering.items()
                    for uid, message in arrivals
                }
                if change.staged.alters_tree():
                    self.version += 1
                self._publish(told)
            return result

    async def record(self, records: list[LogRecord]) -> None:
        """Only the access log: needs no turn."""
        await self.shop.store.write(lambda tx: tx.log.append(records))

    def _publish(self, told: Mapping[View, list[Told]]) -> None:
        for view, news in told.items():
            for observer, account_id in list(view.observers.items()):
                try:
                    for item in news:
                        _tell(observer, item, account_id)
                except Exception:  # noqa: BLE001 - the boundary: what is committed must reach the others
                    _log.exception("an open view of %s could not be told", self.mailbox.name)
                    view.observers.pop(observer, None)

    def why_down(self) -> UpstreamUnavailable:
        """For who asks for what only the provider knows."""
        kind = UpstreamSignInRefused if self.sign_in_refused else UpstreamUnavailable
        return kind(self.line_reason)

    def run_kept(self, work: asyncio.Task[object]) -> None:
        """Keep a background task of this mailbox until it is done."""
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let changes under way finish."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    # ------------------------------------------------------------------ what people see

    def seen(self, message: Message, account_id: int) -> bool:
        if message.seen_by is not None and self.mailbox.seen == "person":
            own = message.seen_by.get(account_id)
            if own is not None:
                return own > 0
        return "\\Seen" in message.flags

    def flags(self, message: Message, account_id: int) -> tuple[str, ...]:
        """All flags of a message as one person sees them: system, keywords, status, assignee."""
        conversation = message.conversation
        base = message.flags + message.local_keywords if message.local_keywords else message.flags
        key = (base, self.seen(message, account_id), conversation.status, conversation.assignee)
        shown = self._shown.get(key)
        if shown is None:
            # Few combinations exist, however many messages: one tuple serves them all.
            if len(self._shown) > 10_000:
                self._shown.clear()
            shown = self._shown[key] = self._compose(base, conversation, seen=key[1])
        return shown

    def _compose(
        self, flags: tuple[str, ...], conversation: Conversation, *, seen: bool
    ) -> tuple[str, ...]:
        rest = [flag for flag in flags if flag != "\\Seen"]
        words = [*(["\\Seen"] if seen else []), *rest, STATUS_PREFIX + conversation.status]
        login = self.login_of(conversation.assignee)
        return (*words, ASSIGNEE_PREFIX + login) if login else tuple(words)

    def login_of(self, account_id: int | None) -> str:
        """ "" for nobody, and for an account that was removed a moment ago."""
        person = None if account_id is None else self.shop.people.by_id(account_id)
        return person.login if person else ""

    def forget_shown(self) -> None:
        """Logins may have changed."""
        self._shown.clear()

    def subscribers_to(self, right: int) -> list[Account]:
        """The people with at least this right, in the order of their logins."""
        return sorted((p for p in self.staff(right) if not p.disabled), key=lambda p: p.login)

    def staff(self, right: int) -> list[Account]:
        """The people with at least this right, those who are switched off too."""
        return [p for p in self.shop.people.all() if p.grants.get(self.mailbox.id, 0) >= right]

    def told_name(self, person: Account) -> str:
        """The name in a sentence; with the login where a colleague here has the same."""
        same = [p for p in self.staff(Right.READ) if p.name == person.name and p.id != person.id]
        return f"{person.name} ({person.login})" if same else person.name


def _tell(observer: Observer, news: Told, account_id: int) -> None:
    if news.lost:
        observer.lost()
    if news.gone:
        observer.gone(news.gone)
    if news.arrived:
        observer.arrived(news.arrived)
    if news.changed and (news.only is None or account_id in news.only):
        observer.changed(news.changed)


async def load(room: Mailroom) -> None:
    """Read the truth from the database, and mend what a change of configuration left behind."""
    mailbox_id = room.mailbox.id
    await room.shop.store.read(lambda tx: _read(tx, mailbox_id, room.state))

    def reconcile(change: Change) -> None:
        state = room.state
        for key in room.shop.statuses.keys:
            change.ensure_view(("status", key))
        change.ensure_view(("unassigned", ""))
        for person in room.shop.people.all():
            if room.mailbox.id in person.grants:
                change.ensure_view(("assignee", str(person.id)))
        for conversation in state.conversations.values():
            if conversation.status not in room.shop.statuses.keys:
                change.set_status(conversation, room.shop.statuses.initial)
            if conversation.assignee is not None:
                change.ensure_view(("assignee", str(conversation.assignee)))
            if not conversation.modseq:
                change.renumber(conversation)
        for message in state.messages():
            change.recheck(message)

    await room.change(reconcile)


def _read(tx: Transaction, mailbox_id: int, state: MailboxState) -> None:
    mail = tx.mail
    for row in mail.folders(mailbox_id):
        folder = Folder(row.id, row.name, row.delimiter, frozenset(row.attributes.split()))
        folder.uidvalidity, folder.uidnext = row.uidvalidity, row.uidnext
        folder.modseq, folder.keywords = row.modseq, row.keywords
        state.folders[folder.id] = folder
    for row in mail.conversations(mailbox_id):
        state.conversations[row.id] = Conversation(row.id, row.status, row.assignee_id, row.modseq)
    for row in mail.thread_ids(mailbox_id):
        state.threads[row.message_id] = state.conversations[row.conversation_id]
        if row.arrived:
            state.arrived.add(row.message_id)
    for row in mail.answers(mailbox_id):
        answer = Answer(row.account_id, row.name, row.at_us, row.message_id)
        state.conversations[row.conversation_id].answers.append(answer)
    by_id = _read_messages(tx, mailbox_id, state)
    views: dict[int, View] = {}
    for row in mail.views(mailbox_id):
        view = View(row.id, row.kind, row.subject, row.uidvalidity, row.uidnext, row.modseq)
        views[view.id] = state.views[view.key] = view
        if view.kind == "folder" and int(view.subject) in state.folders:
            state.folders[int(view.subject)].view = view
    for row in mail.view_messages(mailbox_id):
        views[row.view_id].enter(row.uid, by_id[row.message_id], row.saved_us)
    state.modseq = state.highest_modseq()


def _read_messages(tx: Transaction, mailbox_id: int, state: MailboxState) -> dict[int, Message]:
    by_id: dict[int, Message] = {}
    interned: dict[str, tuple[str, ...]] = {}
    numbers: dict[int, int] = {}  # one object for each, however many messages carry it
    for row in tx.mail.messages(mailbox_id):
        flags = interned.setdefault(row.flags, tuple(row.flags.split()))
        local = interned.setdefault(row.local_keywords, tuple(row.local_keywords.split()))
        message = Message(
            id_=row.id,
            folder=state.folders[row.folder_id],
            uid=row.uid,
            conversation=state.conversations[row.conversation_id],
            message_id=row.message_id,
            size=row.size,
            internal_date=row.internal_date,
            flags=flags,
            local_keywords=local,
            inbound=row.inbound,
            automatic=row.automatic,
            subject_digest=row.subject_digest,
            modseq=numbers.setdefault(row.modseq, row.modseq),
            origin=row.origin,
        )
        by_id[message.id] = message
        message.folder.by_uid[message.uid] = message
        message.conversation.messages.append(message)
        state.by_message_id.setdefault(message.message_id, []).append(message)
    for row in tx.mail.seen(mailbox_id):
        modseq = numbers.setdefault(row.modseq, row.modseq)
        by_id[row.message_id].set_own_seen(row.account_id, modseq, seen=row.seen)
    return by_id
