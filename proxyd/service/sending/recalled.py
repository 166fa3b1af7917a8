"""What went out before a restart without naming its conversation, and is not in Sent yet: who
answers the same after it is stopped as before (decision 030).

No table keeps a guess. The outbox keeps the mail until its copy lies in Sent, and the guess is made
of it anew; from then on the copy tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from proxyd.domain.errors import CannotDo
from proxyd.domain.guard import Answer
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Account, Origin
from proxyd.service.api.submission import Envelope
from proxyd.service.sending.desk import GUESSED, Desk
from proxyd.service.sending.guarding import alike_of
from proxyd.service.sending.job import SendingJob, Tools
from proxyd.service.sending.outgoing import Stamp, prepare

Granted = Callable[[Account], Iterable[Desk]]


async def recall_guesses(desk: Desk, granted: Granted, tools: Tools) -> None:
    """``granted`` are the desks that a person may answer from. Raises StoreUnavailable."""
    recalled: list[tuple[Desk, tuple[int, Answer]]] = []
    before: int | None = None
    for _ in range(GUESSED):  # the newest: what colleagues answer at this moment
        found = await tools.store.read(partial(_next, desk=desk, before=before))
        if found is None:
            break
        sending, account = found
        before = sending.id
        job = None if account is None else await job_of(desk, sending, account, granted)
        if job is not None:
            recalled += await _recalled(job, sending, tools)
    for one, guess in reversed(recalled):
        one.guessed.append(guess)


def _next(tx: Transaction, desk: Desk, before: int | None) -> tuple[Sending, Account | None] | None:
    sending = tx.outbox.last_unfiled(desk.mailbox.id, before)
    if sending is None:
        return None
    return sending, next((a for a in tx.accounts.all() if a.id == sending.account_id), None)


async def job_of(
    desk: Desk, sending: Sending, account: Account, granted: Granted
) -> SendingJob | None:
    """As it was submitted; None for what can't be read any more."""
    message, sender, recipients = sending.message or b"", sending.sender, sending.recipients
    when = datetime.fromtimestamp(sending.created_us / 1_000_000).astimezone()
    try:
        outgoing = await asyncio.to_thread(
            prepare, message, sender, recipients, Stamp(sending.login, when, "")
        )
    except CannotDo:
        return None
    others = tuple(each for each in granted(account) if each is not desk)
    envelope = Envelope(sender, recipients, message)
    return SendingJob(desk, account, envelope, outgoing, Origin("proxyd"), others=others)


async def _recalled(
    job: SendingJob, sending: Sending, tools: Tools
) -> list[tuple[Desk, tuple[int, Answer]]]:
    if not job.may_guess or any(one.facts.written for one in job.concerned()):
        return []
    alike = await tools.store.read(lambda tx: alike_of(job, tools.subject_digest, tx))
    given = Answer(job.account.id, job.account.name, sending.created_us, sending.message_id)
    guesses = job.guessed(alike, tools.clock())
    return [(each.desk, (each.facts.id, given)) for each in guesses if each.facts.id is not None]
