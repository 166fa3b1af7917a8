"""A mail that has waited leaves: its guards are asked once more, and it goes the way of any other.

What stops it for good makes it come back to its writer (coming_back.py). Invariants: of leaving and
being taken back one comes first, in one transaction of the outbox; nothing is sent again of which
nobody knows whether it went; what a provider does not take now is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.events import Action
from proxyd.domain.guard import Refusal
from proxyd.domain.held import DRAFTS, HeldMail
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Account, LogRecord
from proxyd.service.api.submission import Submitted
from proxyd.service.sending.delivery import Delivery
from proxyd.service.sending.guarding import Obstacle, SendingHistory, history_of, standing
from proxyd.service.sending.job import Held, SendingJob, Tools

WROTE_AGAIN = "wrote-again"  # in the log, in the metrics and a key of come_back_words.py
_PERMANENT = 500  # and above: RFC 5321 §4.2.1
# As long as mail servers try (RFC 5321 §4.5.4.1).
GIVE_UP_US = 5 * 86_400 * 1_000_000


class TakenBack(Exception):
    """It does not wait any more: somebody was faster."""


class LeavingDelivery(Delivery):
    """Of one mail, tried once."""

    def __init__(self, job: SendingJob, tools: Tools, mail: HeldMail, said: str = "") -> None:
        """``said``: why it could not leave when it was tried before, which is on record."""
        super().__init__(job, tools)
        self._mail = mail
        self._said = said
        self._waited = mail.sending_id

    async def run(self) -> Submitted:
        """Raises TakenBack, RelayRefused, RelayUnavailable, StoreUnavailable, Busy."""
        job, tools = self._job, self._tools
        self._concerned = job.concerned()
        alike = await self._alike()
        self._guessed = job.guessed(alike, tools.clock())
        history = await self._history()
        # From here to the reservation nothing may wait, except to stop it.
        self._concerned, now = job.concerned(), tools.clock()
        self._guessed = () if self._names_one else job.guessed(alike, now)
        marked_by = job.desk.conversations.marked_by(self._waited)
        if marked_by is not None:
            await self._take_back(marked_by)
            raise TakenBack
        obstacle = standing(job, self._judged, history, now, self._mail)
        if obstacle is not None:
            await self._stop(why_of(obstacle), obstacle.guard)
            raise TakenBack
        if self._is_out_of_date:
            await self._stop({"why": WROTE_AGAIN}, WROTE_AGAIN)
            raise TakenBack
        await self._send(Held.of(self._judged, job.account), ())
        tools.told("sent")
        return Submitted(job.message_id)

    @property
    def _is_out_of_date(self) -> bool:
        """Who waits for approval waits for hours, and who approves may not have read what has come
        since. A mail that crosses another within the delay would have done so without it too.
        """
        since_us = self._mail.at_us
        answered = (one.facts for one in self._judged if one.facts.is_answer)
        return bool(self._mail.approved_by) and any(each.wrote_us > since_us for each in answered)

    async def _history(self) -> SendingHistory:
        """The mail itself is none that was sent before, and what else its writer lets wait they
        have sent in spite of it.
        """
        job, concerned, digest = self._job, self._judged, self._tools.subject_digest
        now = self._tools.clock()
        found = await self._tools.store.read(lambda tx: history_of(job, concerned, digest, now, tx))
        unsettled = [each for each in found.unsettled if not each.waits]
        return SendingHistory(None, {}, found.turns, found.alike, unsettled)

    async def _stop(self, why: Mapping[str, str], guard: str) -> None:
        entry = self._entry("refused", action=Action.LEAVING, step="given-up", guard=guard)

        def work(tx: Transaction) -> None:
            if tx.outbox.withdraw(self._waited):
                tx.held.come_back(self._waited, DRAFTS, "", why)
                tx.log.append([entry])

        await self._tools.store.write(work)
        self._tools.told(guard)

    async def _take_back(self, who: Account) -> None:
        """Marked \\Deleted it is as good as deleted: many clients say EXPUNGE when they are left,
        and it would be with the customer by then.
        """
        writer = who.id == self._job.account.id
        why = {} if writer else {"why": "taken-back", "name": who.name}
        entry = self._entry("ok", action=Action.LEAVING, step="taken-back", to=DRAFTS, marked=True)
        entry = replace(entry, actor=who.login)

        def work(tx: Transaction) -> None:
            if tx.outbox.withdraw(self._waited):
                tx.held.come_back(self._waited, DRAFTS, who.login, why)
                tx.log.append([entry])

        await self._tools.store.write(work)
        self._tools.told("taken-back")

    async def _begin(
        self, consents: Sequence[Obstacle], *, waits: Sequence[Obstacle] | None = None
    ) -> int:
        number = self._waited
        if not await self._tools.store.write(lambda tx: tx.outbox.leave(number)):
            raise TakenBack
        self._desk.live.add(number)
        return number

    def _entry(self, outcome: str, *, action: Action = Action.SEND, **detail: object) -> LogRecord:
        by = {"approved_by": self._mail.approved_by} if self._mail.approved_by else {}
        return super()._entry(outcome, action=action, **by, **detail)

    # ------------------------------------------------------------------ what came of it

    def _did_not_go(
        self, tx: Transaction, sending_id: int, error: RelayRefused | RelayUnavailable
    ) -> None:
        late = self._tools.clock() - (self._mail.leaves_us or 0) > GIVE_UP_US
        refused = isinstance(error, RelayRefused) and error.code >= _PERMANENT
        if not (late or refused):
            tx.outbox.hold_again(sending_id)
            return
        tx.outbox.did_not_leave(sending_id)
        why = {"why": "provider" if refused else "given-up", "text": words_of(error)}
        tx.held.come_back(sending_id, DRAFTS, "", why)
        entry = self._entry("refused", action=Action.LEAVING, step="given-up", by="upstream")
        tx.log.append([entry])

    def _may_have_gone(self, tx: Transaction, sending_id: int, told: Sequence[Refusal]) -> None:
        tx.outbox.uncertain(sending_id)
        tx.held.come_back(sending_id, DRAFTS, "", {"why": "uncertain"})

    async def _note_failure(self, work: Callable[[Transaction], None], entry: LogRecord) -> None:
        """What is the same as before is on record already: days have many attempts."""
        again = self._said and self._said == str(entry.detail.get("reason") or "")
        if again:
            await self._tools.store.write(work)
        else:
            await super()._note_failure(work, entry)

    def _went(self, tx: Transaction, sending_id: int) -> None:
        super()._went(tx, sending_id)
        tx.outbox.went_after_all(self._desk.mailbox.id, self._job.outgoing.digest)
        tx.held.gone(sending_id)


def why_of(obstacle: Obstacle) -> dict[str, str]:
    """For come_back_words.py."""
    guard, name = obstacle.guard, obstacle.reason.name
    if guard == "answered" and not name:
        guard = "answered-outside"
    return {"why": guard, "guard": obstacle.guard, "name": name}


def words_of(error: RelayRefused | RelayUnavailable) -> str:
    if isinstance(error, RelayRefused):
        whom = f"{error.recipient}: " if error.recipient else ""
        return f"{whom}{error.code} {error.text}"
    return error.reason
