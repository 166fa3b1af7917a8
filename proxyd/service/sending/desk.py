"""What sending needs of one shared mailbox: its conversations, its relay, its outbox.

Protocols and plain values only; ``service/sending/delivery.py`` decides with them. Knows no SMTP.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proxyd.domain.guard import Answer
from proxyd.domain.note_leaks import Leaks
from proxyd.domain.outbox import SentPlace
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.mail_rows import Alike
from proxyd.domain.ports.relay import Relay
from proxyd.domain.thread import Headers
from proxyd.domain.types import Account, LogRecord, Origin, SharedMailbox
from proxyd.domain.workflow import StatusWord

# Connections for sending to one provider at a time. Gmail and Microsoft 365 accept a few and answer
# 4xx to more; a team of twenty rarely sends two mails in the same second.
RELAYS_AT_ONCE = 4
GUESSED = 50  # more don't go out within the minute that a copy may take to Sent


@dataclass(frozen=True, slots=True)
class Guess:
    """What a mail that names no id is taken to answer, for the guards only (decision 030)."""

    message_id: str
    came_us: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody's answer that waits before it leaves."""

    account_id: int
    name: str
    asks: bool = False  # for approval


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """What the guards ask of a conversation, at one instant."""

    id: int | None  # None: of a mail that never came here, and an answer to it is not in Sent yet
    status: str
    assignee_id: int | None
    answers: tuple[Answer, ...]
    arrived: Mapping[str, int]  # Message-ID → arrival in µs, of its known messages
    outside: Mapping[str, int] = field(default_factory=dict)  # the same, of those from outside
    finished: bool = False  # its status is the one that an answer gives
    written: bool = True  # a mail from outside is in it
    waited: bool = True  # a person outside has written in it
    stops: StatusWord | None = None  # its status, where that stops answers
    untouched: bool = False  # its status is the one that a new mail gives
    assignee: str = ""  # as colleagues call the person
    is_answer: bool = True  # the mail in hand goes to a correspondent of what it refers to
    strangers: tuple[str, ...] = ()  # recipients who are in none of its mails, where that is asked
    waiting: tuple[Waiting, ...] = ()  # answers in it that have not left yet
    guess: Guess | None = None  # not None: it names no id of it
    wrote_us: int = 0  # when one of those that it goes to wrote last, as a person; 0: never


class Conversations(Protocol):
    """The workflow's side of one shared mailbox."""

    @property
    def mailbox(self) -> SharedMailbox: ...

    def find(
        self, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> ConversationFacts | None:
        """The conversation of the first id that is known, for a mail that goes to these."""
        ...

    def guess(
        self, alike: Sequence[Alike], recipients: Sequence[str], now_us: int
    ) -> ConversationFacts | None:
        """The one that a mail to these answers, of those with mails of the same subject."""
        ...

    def answers_alike(
        self, conversation_id: int | None, alike: Sequence[Alike]
    ) -> Sequence[Answer]:
        """What was answered in it without naming it."""
        ...

    @property
    def leaks(self) -> Leaks:
        """What its internal notes are known by."""
        ...

    async def note(self, account: Account, message: bytes, origin: Origin) -> bool:
        """Write an internal note; False: it was written before.

        Raises CannotDo, UpstreamUnavailable, StoreUnavailable.
        """
        ...

    def begin(self, headers: Headers, account: Account) -> None:
        """The mail is about to go out: a copy that the provider files is ours, and who answers the
        same finds it answered, also before anything of it is here.
        """
        ...

    def give_up(self, message_id: str) -> None:
        """It did not go out."""
        ...

    async def complete(
        self,
        conversation_id: int | None,
        account: Account,
        message_id: str,
        in_reply_to: Sequence[str],
        also: Callable[[Transaction], None],
        records: Sequence[LogRecord],
        *,
        answers: bool,
        origin: Origin | None = None,
        recipients: Sequence[str] = (),
        names: Sequence[str] = (),
        left: int = 0,
    ) -> None:
        """The mail is out: status, assignee, answer, ``also`` and ``records`` in one transaction.

        Publishes after the commit, and sets \\Answered upstream in the background. With None as
        conversation only ``also`` and ``records`` are written; not ``answers`` is a forward.
        ``origin`` is that of the records where there are none; ``names`` are all the ids that the
        mail names, the nearest first. ``left``: the number under which it has waited.
        Raises StoreUnavailable.
        """
        ...

    @property
    def held_news(self) -> asyncio.Event:
        """Something waits before it leaves, or does so no more."""
        ...

    def mark_of(
        self, conversation_id: int | None, message_ids: Sequence[str], *, answers: bool
    ) -> tuple[str, tuple[str, ...]]:
        """The flag that clients give to what they have answered, or forwarded, and those of these
        mails that have not got it.
        """
        ...

    async def show_held(self, sending_id: int) -> None:
        """It waits: let people see it. Raises StoreUnavailable."""
        ...

    def marked_by(self, sending_id: int) -> Account | None:
        """Who has marked it \\Deleted while it waits, and may take it back."""
        ...

    async def come_back(self, sending_id: int) -> None:
        """It does not leave: put it where it is to come back to, and tell its writer why.

        Raises UpstreamError, StoreUnavailable; it may be called again then, and again afterwards.
        """
        ...

    def leaving_trouble(self, reason: str) -> None:
        """Why what was to leave could not; "" where nothing is in the way."""
        ...

    async def copy_wanted(self) -> None:
        """Returns as soon as a client waits for the copy of what it has sent."""
        ...

    async def file_sent(self, mails: Sequence[tuple[str, bytes]]) -> Mapping[str, SentPlace]:
        """See to it that one copy of each (Message-ID, text) is in Sent upstream.

        Returns where, by Message-ID, as far as it is known. Raises UpstreamError; it may be called
        with the same mails again then.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """Somebody's answer in a conversation is on its way."""

    conversation_id: int | None
    account: Account
    guessed: bool = False  # that it is one's in this conversation


@dataclass(slots=True)
class Desk:
    """One shared mailbox's sending, in this process."""

    conversations: Conversations
    relay: Relay
    under_way: dict[int, list[Reservation]] = field(default_factory=dict)  # by conversation
    live: set[int] = field(default_factory=set)  # sendings that this process is at
    accepted: set[int] = field(default_factory=set)  # those of them that went out
    settling: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # out, not yet recorded
    unfiled: asyncio.Event = field(default_factory=asyncio.Event)  # something is to be filed
    # What went out lately without naming its conversation: it takes a while to Sent.
    guessed: deque[tuple[int, Answer]] = field(default_factory=lambda: deque(maxlen=GUESSED))
    lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RELAYS_AT_ONCE))

    @property
    def mailbox(self) -> SharedMailbox:
        return self.conversations.mailbox

    def is_at(self, sending_id: int) -> bool:
        """This process is relaying it, or recording that it went out."""
        return sending_id in self.live or sending_id in self.settling

    def reserve(self, facts: ConversationFacts, account: Account) -> Reservation:
        """Hold off colleagues."""
        reservation = Reservation(facts.id, account, guessed=facts.guess is not None)
        if facts.id is not None:
            self.under_way.setdefault(facts.id, []).append(reservation)
        return reservation

    def release(self, reservation: Reservation) -> None:
        if reservation.conversation_id is None:
            return
        held = self.under_way[reservation.conversation_id]
        held.remove(reservation)
        if not held:
            del self.under_way[reservation.conversation_id]

    def colleague_sending(self, facts: ConversationFacts, account: Account) -> Reservation | None:
        """What is sure comes first."""
        held = self.under_way.get(facts.id, ()) if facts.id is not None else ()
        others = (each for each in held if each.account.id != account.id)
        return min(others, key=lambda each: each.guessed, default=None)
