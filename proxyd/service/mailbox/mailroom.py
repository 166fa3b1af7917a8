"""One shared mailbox at work: its truth in memory, its store, its upstream, one change at a time.

Every change goes through ``change``: staged synchronously, committed, applied, published. The
caller may be cancelled (a client that hangs up) at any await: the change itself is always carried
to its end, so that memory never says other than the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from proxyd.domain.alike_names import looks
from proxyd.domain.errors import StoreUnavailable, UpstreamSignInRefused, UpstreamUnavailable
from proxyd.domain.folder_names import ViewNames
from proxyd.domain.note_leaks import Leaks
from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import Account, LogRecord, Right, SeenMode, SharedMailbox
from proxyd.domain.workflow import ASSIGNEE_PREFIX, OVERDUE, REPLYING, STATUS_PREFIX
from proxyd.mailtext.addresses import compared
from proxyd.service.api.open_view import Observer
from proxyd.service.mailbox.begun import Begun, Finish
from proxyd.service.mailbox.brought import Brought
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.condition import Conditions
from proxyd.service.mailbox.correspondents import Keyed, keyed
from proxyd.service.mailbox.departures import DELETED, Departure
from proxyd.service.mailbox.doubts import Doubts
from proxyd.service.mailbox.effects import Effects, Told
from proxyd.service.mailbox.flags_under_way import FlagsUnderWay
from proxyd.service.mailbox.half_done import HalfDones
from proxyd.service.mailbox.leaving import Leaving
from proxyd.service.mailbox.left import last_of_their_ids
from proxyd.service.mailbox.model import Conversation, Folder, Message, View
from proxyd.service.mailbox.numbering import numbered
from proxyd.service.mailbox.plan import plan_of
from proxyd.service.mailbox.remembered import Remembered
from proxyd.service.mailbox.rows import Rows
from proxyd.service.mailbox.rulebook import Rulebook
from proxyd.service.mailbox.sheets import Sheets
from proxyd.service.mailbox.shop import Shop
from proxyd.service.mailbox.state import MailboxState
from proxyd.service.mailbox.waited import Waited

T = TypeVar("T")
# Flags, read by the person, status, assignee, a colleague is replying, overdue.
ShownKey = tuple[tuple[str, ...], bool, str, int | None, bool, bool]

_log = logging.getLogger(__name__)


class RoomListener(Protocol):
    """Hears what happens in every view of the mailbox, open or not (NOTIFY, RFC 5465)."""

    def happened(self, room: Mailroom, told: Mapping[View, Sequence[Told]]) -> None: ...

    def tree_changed(self) -> None: ...

    def annotated(
        self, room: Mailroom, view: View, entries: Collection[str], *, only: int | None
    ) -> None:
        """``only``: the account they are private to."""
        ...


class Mailroom:
    def __init__(self, mailbox: SharedMailbox, upstream: UpstreamMailbox, shop: Shop) -> None:
        self.mailbox = mailbox
        self.upstream = upstream
        self.shop = shop
        self.state = MailboxState()
        self.remembered = Remembered()
        self.sheets = Sheets(self.flags_of_all)
        self.followers: set[RoomListener] = set()
        self.afterthoughts: list[Callable[[Change], None]] = []  # what follows of each change
        self._version = 0
        self.conditions = Conditions(lambda: self.mailbox.name, shop.clock)
        self.sign_in_refused = False  # by the provider: an admin must act
        self.doubts = Doubts(mailbox.id, shop.store, shop.clock)
        self.begun = Begun(mailbox.id, shop.store, shop.clock, self.doubts)
        self.half_done = HalfDones(mailbox.id, shop.store, upstream, shop.clock)
        self.flags_under_way = FlagsUnderWay()
        self.brought = Brought()
        self.leaving = Leaving()
        self.held_news = asyncio.Event()  # something waits before it leaves, or does so no more
        self.waited = Waited()
        self.coming_back = asyncio.Lock()  # one at a time: is it there, and if not, put it there
        self.leaks = Leaks()
        self.noting = asyncio.Lock()  # one note at a time: is it there, and if not, keep it
        self.reading = asyncio.Lock()  # a mail as a whole: of how many megabytes, clients decide
        self.rulebook = Rulebook()
        self.office = OfficeHours(mailbox.policy.office_hours, mailbox.policy.tz)
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()
        self._shown: dict[ShownKey, tuple[str, ...]] = {}

    @property
    def line_up(self) -> bool:
        """Whether the provider answers."""
        return self.conditions.line_up

    @property
    def folder_names(self) -> ViewNames:
        mailbox = self.mailbox
        return ViewNames(mailbox.language, self.shop.statuses, mailbox.policy.folder_order)

    @property
    def version(self) -> int:
        """Grows when the folder tree changes."""
        return self._version

    @version.setter
    def version(self, version: int) -> None:
        self._version = version
        self._tell_followers(lambda follower: follower.tree_changed())

    # ------------------------------------------------------------------ changing

    async def change(self, stage: Callable[[Change], T]) -> T:
        """Stage, commit, apply, publish. What ``stage`` raises leaves no trace.

        Raises what ``stage`` raises, and StoreUnavailable.
        """
        return await self.carried(self._carry_out(stage))

    async def _carry_out(self, stage: Callable[[Change], T]) -> T:
        async with self._turn:
            change = Change(self.mailbox.id, self.state, self.shop.clock())
            result = stage(change)
            for afterthought in self.afterthoughts:
                afterthought(change)
            if not change.staged.is_empty():
                finished = self.shop.statuses.answered
                views, company = self.state.views, change.messages_of
                drafts = self.state.special_folder("\\drafts")
                inbox = self.state.folder_named("INBOX")
                accounts = self._accounts_of
                change.staged.left.update(last_of_their_ids(change))
                plan = plan_of(change.staged, views, finished, company, accounts, drafts, inbox)
                numbers = numbered(change.staged, plan, self.state.modseq)
                rows = Rows(self.mailbox.id, change.staged, plan, numbers, change.now_us)
                await self.shop.store.write(rows.write)
                self._tell_upstream(change.staged.removed)
                effects = Effects(self.state, change.staged, plan, numbers, change.now_us)
                told = effects.apply()
                self.sheets.forget(told)
                change.entered = {
                    (view, message): uid
                    for view, arrivals in plan.entering.items()
                    for uid, message in arrivals
                }
                if change.staged.alters_tree():
                    self.version += 1
                self._publish(told)
            return result

    def _accounts_of(self, logins: Iterable[str]) -> list[int]:
        people = (self.shop.people.by_login(login) for login in logins)
        return [person.id for person in people if person is not None]

    def _tell_upstream(self, removed: Iterable[Message]) -> None:
        """Nothing of a mail that is gone is to be kept; under the UIDVALIDITY it had till now."""
        gone: defaultdict[Folder, list[int]] = defaultdict(list)
        for message in removed:
            gone[message.folder].append(message.uid)
        for folder, uids in gone.items():
            self.upstream.gone(folder.name, folder.uidvalidity, uids)

    async def record(self, records: list[LogRecord], finish: Finish | None = None) -> None:
        """Only the access log, and the end of what was begun: needs no turn."""

        def work(tx: Transaction) -> None:
            tx.log.append(records)
            if finish is not None:
                finish(tx)

        await self.shop.store.write(work)

    def _publish(self, told: Mapping[View, list[Told]]) -> None:
        for view, news in told.items():
            for observer, account_id in list(view.observers.items()):
                try:
                    for item in news:
                        _tell(observer, item, account_id)
                except Exception:  # noqa: BLE001 - the boundary: what is committed must reach the others
                    _log.exception("an open view of %s could not be told", self.mailbox.name)
                    view.observers.pop(observer, None)
        self._tell_followers(lambda follower: follower.happened(self, told))

    def annotated(
        self,
        view: View,
        entries: Collection[str],
        *,
        only: int | None = None,
        by: RoomListener | None = None,
    ) -> None:
        """After the commit; who did it knows already."""

        def tell(follower: RoomListener) -> None:
            if follower is not by:
                follower.annotated(self, view, entries, only=only)

        if entries:
            self._tell_followers(tell)

    def _tell_followers(self, tell: Callable[[RoomListener], None]) -> None:
        for follower in list(self.followers):
            try:
                tell(follower)
            except Exception:  # noqa: BLE001 - the boundary, as above
                _log.exception("a follower of %s could not be told", self.mailbox.name)
                self.followers.discard(follower)

    def why_down(self) -> UpstreamUnavailable:
        """For who asks for what only the provider knows."""
        kind = UpstreamSignInRefused if self.sign_in_refused else UpstreamUnavailable
        return kind(self.conditions.line_reason)

    async def carried(self, work: Coroutine[object, object, T]) -> T:
        """Do it to the end, also when the caller is cancelled meanwhile: what the provider has
        done must be taken in and recorded, whoever hangs up.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_note_failure)  # nobody else hears of it any more
            raise

    def run_kept(self, work: asyncio.Task[object]) -> None:
        """Keep a background task of this mailbox until it is done."""
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let changes under way finish."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        with contextlib.suppress(StoreUnavailable):  # then the next start tells it once more
            await self.begun.close()

    # ------------------------------------------------------------------ what people see

    def seen(self, message: Message, account_id: int) -> bool:
        if message.seen_by is not None and self.mailbox.seen == "person":
            own = message.seen_by.get(account_id)
            if own is not None:
                return own > 0
        return "\\Seen" in message.flags

    def flags(self, message: Message, account_id: int, view: View) -> tuple[str, ...]:
        """All flags of a message as one person sees them: system, keywords, status, assignee."""
        talk, base = message.conversation, message.flags
        if message.local_keywords:
            base += message.local_keywords
        own = view.departures.of(account_id)
        if own and is_deleted(own.get(message.views.get(view, 0)), base):
            base += (DELETED,)
        replying = bool(talk.replying) and is_replied_to(talk, account_id)
        seen, overdue = self.seen(message, account_id), talk.clock.overdue
        key = base, seen, talk.status, talk.assignee, replying, overdue
        return self._shown.get(key) or self._show(key, talk)

    def flags_of_all(
        self, messages: Iterable[Message], account_id: int, view: View
    ) -> list[tuple[str, ...]]:
        """The same of each; one loop without calls, because it is made for whole folders."""
        own_seen = self.mailbox.seen is SeenMode.PERSON
        known, leaving = self._shown, view.departures.of(account_id)
        found: list[tuple[str, ...]] = []
        for message in messages:
            talk, base, marks = message.conversation, message.flags, message.seen_by
            if message.local_keywords:
                base += message.local_keywords
            if leaving and is_deleted(leaving.get(message.views.get(view, 0)), base):
                base += (DELETED,)
            own = marks.get(account_id) if own_seen and marks is not None else None
            seen = "\\Seen" in base if own is None else own > 0
            replying = bool(talk.replying) and is_replied_to(talk, account_id)
            key = base, seen, talk.status, talk.assignee, replying, talk.clock.overdue
            found.append(known.get(key) or self._show(key, talk))
        return found

    def _show(self, key: ShownKey, conversation: Conversation) -> tuple[str, ...]:
        # Few combinations exist, however many messages: one tuple serves them all.
        if len(self._shown) > 10_000:
            self._shown.clear()
        shown = self._shown[key] = self._compose(key, conversation)
        return shown

    def _compose(self, key: ShownKey, conversation: Conversation) -> tuple[str, ...]:
        flags, seen, _, _, replying, overdue = key
        rest = [flag for flag in flags if flag != "\\Seen"]
        words = [*(["\\Seen"] if seen else []), *rest, STATUS_PREFIX + conversation.status]
        if replying:
            words.append(REPLYING)
        if overdue:
            words.append(OVERDUE)
        login = self.login_of(conversation.assignee)
        return (*words, ASSIGNEE_PREFIX + login) if login else tuple(words)

    def login_of(self, account_id: int | None) -> str:
        """ "" for nobody, and for an account that was removed a moment ago."""
        person = None if account_id is None else self.shop.people.by_id(account_id)
        return person.login if person else ""

    def forget_shown(self) -> None:
        """Logins may have changed."""
        self._shown.clear()
        self.sheets.clear()

    def subscribers_to(self, right: int) -> list[Account]:
        """The people with at least this right, in the order of their logins."""
        return sorted((p for p in self.staff(right) if not p.disabled), key=lambda p: p.login)

    def staff(self, right: int) -> list[Account]:
        """The people with at least this right, those who are switched off too."""
        return [p for p in self.shop.people.all() if p.grants.get(self.mailbox.id, 0) >= right]

    def people_of(self, addresses: Iterable[str]) -> Keyed:
        """Those of them who are outside."""
        own = {compared(address) for address in self.mailbox.addresses}
        return keyed(self.shop.digest, map(compared, addresses), own)

    def told_name(self, person: Account) -> str:
        """The name in a sentence; with the login where a colleague here has the same."""
        known = looks(person.name)
        others = (p for p in self.staff(Right.READ) if p.id != person.id)
        same = any(looks(other.name) == known for other in others)
        return f"{person.name} ({person.login})" if same else person.name


def is_replied_to(conversation: Conversation, account_id: int) -> bool:
    """A colleague of this person's is writing an answer."""
    return any(each != account_id for each in conversation.replying)


def is_deleted(own: Departure | None, flags: tuple[str, ...]) -> bool:
    """By this person alone: what the provider has shows anyway."""
    return own is not None and own.deleted and DELETED not in flags


def _note_failure(task: asyncio.Task[T]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("what a client had begun and hung up on failed: %r", error)


def _tell(observer: Observer, news: Told, account_id: int) -> None:
    if news.lost:
        observer.lost()
    if news.gone:
        observer.gone(news.gone)
    if news.arrived:
        observer.arrived(news.arrived)
    if news.changed and (news.only is None or account_id in news.only):
        observer.changed(news.changed)
