"""Asking the access log by a page: a question, one record with what is around it, and its proof.

Asking is an access too: each question is a record before it is answered, and none is answered that
could not be recorded. How much of the log there is for whoever asks says log_part.py. Each record
that is shown was checked against the one before it in that moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from proxyd.domain.asked_often import AskedOften
from proxyd.domain.errors import NotFound, TooOften
from proxyd.domain.events import Action
from proxyd.domain.log_period import AskedPeriod, period_of
from proxyd.domain.log_question import BadQuestion, LogQuestion, Slip, written
from proxyd.domain.nearly import close_to
from proxyd.domain.ports.access_log import LogFault, LogQuery, StoredRecord
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, Role
from proxyd.service.actor import Actor
from proxyd.service.audit.chain_watch import ChainWatch, Followed
from proxyd.service.audit.export import as_values, iso_time
from proxyd.service.audit.known import unheard_of_mailbox, unheard_of_person
from proxyd.service.audit.log_days import LogDays
from proxyd.service.audit.log_part import LogPart, part_of
from proxyd.service.audit.looking import Looked, Looking
from proxyd.service.audit.mail_told import MailTold, mail_told

ROWS: Final = 50  # of a page: what somebody looks through
COUNTED: Final = 2_000  # "2,000+": no total, which would read the whole log
AROUND: Final = 5
_OF_ONE_MAIL: Final = 5_000  # as many as a busy year of one conversation has, tenfold


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """``records`` newest first. ``count``: how many there are at least; ``is_all``: and no more.
    ``older``, ``newer``: go on below or above this number; None: nothing there. ``left_us``: there
    was no time to look further back than this; ``older`` goes on. ``last``: the newest record
    that belongs to the answer, for an export of the very same.
    """

    question: LogQuestion
    period: AskedPeriod
    records: tuple[StoredRecord, ...]
    count: int
    is_all: bool
    older: int | None
    newer: int | None
    left_us: int | None
    last: int
    mail: MailTold | None


@dataclass(frozen=True, slots=True)
class RecordSeen:
    """``before`` and ``after``: its neighbours, newest first. ``fault``: None where it follows from
    the one before it; ``is_sealed``: it is of a former master key, and has a seal instead.
    """

    stored: StoredRecord
    before: tuple[StoredRecord, ...]
    after: tuple[StoredRecord, ...]
    fault: LogFault | None
    is_sealed: bool


class Asking:
    def __init__(
        self,
        store: Database,
        clock: Clock,
        zone: Callable[[], tzinfo],
        watch: ChainWatch,
        digest: Callable[[str], str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._watch = watch
        self._digest = digest
        self._looking = Looking(store, clock)
        self.days = LogDays(store, clock)
        self._often = AskedOften()

    @property
    def followed(self) -> Followed:
        """How far the chain is known to be good."""
        return self._watch.followed

    async def ask(
        self,
        question: LogQuestion,
        *,
        by: Actor,
        role: Role,
        subject: str = "",
        before: int | None = None,
        after: int | None = None,
    ) -> LogAnswer:
        """The newest ones, or those ``before`` or ``after`` a number. ``subject``: the whole one of
        a mail, of which the log has a digest. Raises BadQuestion, NotFound, TooOften.
        """
        part = part_of(role)
        part.check(question)
        subject_digest = self._digest(subject) if subject else ""
        if subject and part.accounts_only:
            raise BadQuestion(Slip.KEY, word="subject")
        period = period_of(question, self._clock(), self._zone())
        query = part.of(query_of(question, period, subject_digest))
        place = {"before": before} if before is not None else {"after": after} if after else {}
        digest = {"subject_digest": subject_digest} if subject_digest else {}
        facts = {"did": "search", "question": written(question), **digest, **place}
        own = await self._recorded(by, facts)
        first, last = await self._bounds(question, period, own - 1)
        if after is not None:
            low = max(first, after + 1)
            looked = await self._look(replace(query, newest_first=False), low, last, ROWS + 1)
            numbers = looked.numbers[:ROWS][::-1]
            newer = numbers[0] if len(looked.numbers) > ROWS else None
            older: int | None = numbers[-1] if numbers else after + 1
            left = None
        else:
            high = min(last, before - 1) if before is not None else last
            most = COUNTED + 1 if before is None else ROWS + 1
            looked = await self._look(query, first, high, most)
            numbers = looked.numbers[:ROWS]
            newer = before - 1 if before is not None else None
            left = looked.left if len(looked.numbers) <= ROWS else None
            older = numbers[-1] if len(looked.numbers) > ROWS else None
            if left is not None:
                older = left + 1
        records = await self._shown(numbers)
        if not looked.numbers and before is None and after is None:
            await self._check_known(question, part)
        return LogAnswer(
            question,
            period,
            records,
            min(len(looked.numbers), COUNTED),
            looked.left is None and len(looked.numbers) <= COUNTED,
            older,
            newer,
            None if left is None else await self._time_of(left),
            own - 1,
            await self._mail(query) if before is None and after is None else None,
        )

    async def record(self, number: int, *, by: Actor, role: Role) -> RecordSeen:
        """Raises NotFound, also for what is not in one's part; TooOften."""
        part = part_of(role)
        own = await self._recorded(by, {"did": "record", "number": number})
        stored = await self._one(number, part)
        around = part.of(LogQuery(newest_first=True))
        low = max(1, number - 1_000) if part.accounts_only else number - AROUND
        below = await self._look(around, max(1, low), number - 1, AROUND)
        above = await self._look(replace(around, newest_first=False), number + 1, own - 1, AROUND)
        fault = await self._store.read(lambda tx: tx.log.unsound([number]))
        self._watch.found(fault)
        seal = await self._store.read(lambda tx: tx.log.seal())
        return RecordSeen(
            stored,
            await self._shown(below.numbers),
            await self._shown(above.numbers[::-1]),
            fault,
            seal is not None and number <= seal.number,
        )

    async def proof(self, number: int, *, by: Actor, role: Role) -> bytes:
        """JSON, for who wants to show later that this record is the one that was there: its value
        in the chain depends on it and on all before it. ``proxyd audit verify --anchor FILE``
        compares. Raises NotFound, TooOften.
        """
        part = part_of(role)
        await self._recorded(by, {"did": "proof", "number": number})
        stored = await self._one(number, part)
        fault = await self._store.read(lambda tx: tx.log.unsound([number]))
        self._watch.found(fault)
        told = {
            "proof": f"access log head: {number} {stored.chain.hex()}",
            "check": "proxyd audit verify --anchor FILE",
            "made": iso_time(self._clock()),
            "made_for": by.name,
            "follows_from_the_one_before": fault is None,
            "record": as_values(stored, self._zone()),
        }
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8")

    # ------------------------------------------------------------ steps

    async def _recorded(self, by: Actor, facts: dict[str, object]) -> int:
        """The number of the record: what is younger is no part of the answer."""
        if pause_us := self._often.pause_us(by.name, self._clock()):
            raise TooOften(-(-pause_us // 1_000_000))
        record = by.record(Action.AUDIT, facts)

        def write(tx: Transaction) -> int:
            tx.log.append([record])
            return tx.log.head()[0]

        return await self._store.write(write)

    async def _bounds(
        self, question: LogQuestion, period: AskedPeriod, last: int
    ) -> tuple[int, int]:
        """Between which numbers the answer lies; an empty stretch where there is none. What a mail
        has is found by an index of its own, whenever it was.
        """
        if question.message or question.conversation is not None:
            return 1, last
        if question.until:
            within = (period.since_us, period.until_us)
            ends = await self._store.read(lambda tx: tx.log.within(*within))
            return (ends[0], min(ends[1], last)) if ends is not None else (1, 0)
        return await self.days.first_since(period.since_us) or last + 1, last

    async def _look(self, query: LogQuery, first: int, last: int, most: int) -> Looked:
        return await self._looking.numbers(query, first, last, shown=ROWS + 1, most=most)

    async def _shown(self, numbers: tuple[int, ...]) -> tuple[StoredRecord, ...]:
        self._watch.found(await self._store.read(lambda tx: tx.log.unsound(numbers)))
        return tuple(await self._store.read(lambda tx: tx.log.of_numbers(numbers)))

    async def _one(self, number: int, part: LogPart) -> StoredRecord:
        query = part.of(LogQuery(after_number=number - 1, before_number=number + 1))
        found = await self._store.read(lambda tx: tx.log.search(query))
        if not found:
            raise NotFound("record", str(number))
        return found[0]

    async def _time_of(self, number: int) -> int:
        found = await self._store.read(lambda tx: tx.log.of_numbers([number]))
        return found[0].at_us if found else 0

    async def _mail(self, query: LogQuery) -> MailTold | None:
        message_id = query.message_id
        if message_id is None:
            return None
        asked = LogQuery(
            message_id=message_id,
            since_us=query.since_us,
            until_us=query.until_us,
            limit=_OF_ONE_MAIL,
        )
        return mail_told(await self._store.read(lambda tx: tx.log.search(asked)), message_id)

    async def _check_known(self, question: LogQuestion, part: LogPart) -> None:
        """Raises BadQuestion for who was never heard of."""
        login, mailbox = question.person, question.mailbox
        if login:
            people = await self._store.read(lambda tx: unheard_of_person(tx, login))
            if people is not None:
                raise BadQuestion(Slip.PERSON, "person", login, close_to(login, people))
        if mailbox:
            names = await self._store.read(lambda tx: unheard_of_mailbox(tx, mailbox))
            if names is not None:
                raise BadQuestion(Slip.MAILBOX, "mailbox", mailbox, close_to(mailbox, names))


def query_of(question: LogQuestion, period: AskedPeriod, subject_digest: str = "") -> LogQuery:
    """Newest first."""
    one = len(question.actions) == 1
    return LogQuery(
        actor=question.person or None,
        message_id=question.message or None,
        mailbox=question.mailbox or None,
        action=question.actions[0] if one else None,
        actions=() if one else question.actions,
        not_actions=question.not_actions,
        outcome=question.outcome or None,
        address=question.address or None,
        client=question.client or None,
        conversation=question.conversation,
        subject_digest=subject_digest or None,
        since_us=period.since_us,
        until_us=period.until_us,
        newest_first=True,
    )
