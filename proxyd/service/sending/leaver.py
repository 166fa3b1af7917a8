"""Of one mailbox: what waits leaves when its time has come, and what comes back is brought back,
as often as it takes. The provider may be away for days.

Decides nothing of a single mail: leaving.py and coming_back.py do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import (
    Busy,
    RelayRefused,
    RelayUnavailable,
    StoreUnavailable,
    UpstreamError,
)
from proxyd.domain.events import Action
from proxyd.domain.held import DRAFTS, HeldMail
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import LogRecord, Origin
from proxyd.service.sending.desk import Desk
from proxyd.service.sending.job import SendingJob, Tools
from proxyd.service.sending.leaving import LeavingDelivery, TakenBack, words_of

log = logging.getLogger(__name__)

LOOKS_S = 30.0  # at the most, while something waits: the clock may be set
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 300.0  # a provider that comes back is noticed within five minutes
TOGETHER = 16  # each with its mail in memory; the desk has four lines

JobOf = Callable[[Desk, Sending, HeldMail], Awaitable[SendingJob | None]]


@dataclass(slots=True)
class _Tried:
    next_us: int
    wait_s: float = FIRST_RETRY_S
    why: str = ""


class Leaver:
    def __init__(self, desk: Desk, tools: Tools, job_of: JobOf) -> None:
        self._desk = desk
        self._tools = tools
        self._job_of = job_of
        self._tried: dict[tuple[int, bool], _Tried] = {}
        self.under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; what is under way then ends by itself."""
        while True:
            news = self._desk.conversations.held_news
            news.clear()
            try:
                wait_s = await self._round()
            except (StoreUnavailable, Busy):
                wait_s = FIRST_RETRY_S
            except Exception:  # the boundary: leaving must outlive its faults
                log.exception("what waits to leave %s failed", self._desk.mailbox.name)
                wait_s = LOOKS_S
            await self._sleep(wait_s, news)

    async def _sleep(self, wait_s: float | None, news: asyncio.Event) -> None:
        waiting: list[asyncio.Task[object]] = [asyncio.create_task(news.wait())]
        if wait_s is not None:
            waiting.append(asyncio.create_task(_slept(self._tools.sleep, wait_s)))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _round(self) -> float | None:
        """Seconds until the next one; None: until there is something to do."""
        mailbox_id, now = self._desk.mailbox.id, self._tools.clock()
        every = await self._tools.store.read(lambda tx: tx.held.every(mailbox_id))
        self._tried = {_key(m): t for m in every if (t := self._tried.get(_key(m)))}
        due = [mail for mail in every if self._due_us(mail) <= now][:TOGETHER]
        if due:
            self.under_way = {asyncio.create_task(self._handle(mail)) for mail in due}
            await asyncio.wait(self.under_way)
            self.under_way = set()
            self._tell_trouble()
            return 0.0
        self._tell_trouble()
        times = [self._due_us(mail) for mail in every]
        soonest = min(times, default=None)
        if soonest is None:
            return None
        return min(max((soonest - now) / 1_000_000, 0.0), LOOKS_S)

    def _due_us(self, mail: HeldMail) -> int:
        tried = self._tried.get(_key(mail))
        again = tried.next_us if tried else 0
        if mail.stays or mail.writer_gone:  # nobody has to wait for what is not to leave
            return again
        leaves_us = mail.leaves_by(self._desk.mailbox.policy.send_delay_s)
        return _NEVER if leaves_us is None else max(leaves_us, again)

    async def _handle(self, mail: HeldMail) -> None:
        try:
            if mail.stays:
                await self._desk.conversations.come_back(mail.sending_id)
            else:
                await self._leave(mail)
            self._tried.pop(_key(mail), None)
        except TakenBack:
            self._try_again(mail, "")
        except (RelayRefused, RelayUnavailable) as error:
            self._try_again(mail, words_of(error))
        except UpstreamError as error:
            self._try_again(mail, str(error))
        except (StoreUnavailable, Busy):
            self._try_again(mail, "")
        except Exception:  # the boundary: one mail must not hold up others
            log.exception("a mail of %s that waits can't leave", self._desk.mailbox.name)
            self._try_again(mail, "a fault of ours, see the log")

    async def _leave(self, mail: HeldMail) -> None:
        found = await self._tools.store.read(lambda tx: tx.held.find(mail.sending_id))
        if found is None or found[0].stays:
            raise TakenBack
        _, sending = found
        job = await self._job_of(self._desk, sending, mail)
        if job is None:
            await self._give_up(mail, sending)
            raise TakenBack
        tried = self._tried.get(_key(mail))
        await LeavingDelivery(job, self._tools, mail, tried.why if tried else "").run()

    async def _give_up(self, mail: HeldMail, sending: Sending) -> None:
        """Nobody is there any more in whose name it could go."""
        entry = LogRecord(
            action=Action.LEAVING,
            outcome="refused",
            mailbox=self._desk.mailbox.name,
            message_id=sending.message_id,
            conversation=sending.conversation_id,
            origin=Origin("proxyd"),
            detail={"step": "given-up", "writer": sending.login, "why": "writer-gone"},
        )

        def work(tx: Transaction) -> None:
            if tx.outbox.withdraw(mail.sending_id):
                tx.held.come_back(mail.sending_id, DRAFTS, "", {"why": "writer-gone"})
                tx.log.append([entry])

        await self._tools.store.write(work)

    def _try_again(self, mail: HeldMail, why: str) -> None:
        before = self._tried.get(_key(mail))
        wait_s = min(before.wait_s * 2, LONGEST_RETRY_S) if before else FIRST_RETRY_S
        if why and (before is None or before.why != why):
            log.warning("a mail of %s waits: %s", self._desk.mailbox.name, why)
        next_us = self._tools.clock() + int(wait_s * 1_000_000)
        self._tried[_key(mail)] = _Tried(next_us, wait_s, why)

    def _tell_trouble(self) -> None:
        reasons: Sequence[str] = [tried.why for tried in self._tried.values() if tried.why]
        self._desk.conversations.leaving_trouble(reasons[-1] if reasons else "")


_NEVER = 1 << 62


def _key(mail: HeldMail) -> tuple[int, bool]:
    """That it could not leave says nothing of whether it can come back."""
    return mail.sending_id, mail.stays


async def _slept(sleep: Callable[[float], Awaitable[None]], wait_s: float) -> None:
    await sleep(wait_s)
