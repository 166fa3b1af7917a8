"""Answers of which nobody knows whether they went out: the line broke at the last moment, or we
died there; and those that wait before they leave. Who answers the same mail is to hear of them
(domain/guards/on_its_way.py).

The outbox says which; whether a mail is still on its way only this process can tell. Reads only,
and never waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from proxyd.domain.guard import Answer
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.database import Transaction
from proxyd.service.sending.job import Concerned, SendingJob, name_of


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A mail of the outbox that waits, is going out, or may have gone out, and its writer's
    name.
    """

    sending: Sending
    name: str

    @property
    def waits(self) -> bool:
        return self.sending.state is SendState.HELD


def unsettled_of(
    job: SendingJob, concerned: Iterable[Concerned], tx: Transaction
) -> Sequence[Unsettled]:
    """In the conversations that the mail answers; of which nobody knows, the very same mail is none
    of them.
    """
    numbers = [one.facts.id for one in concerned if one.facts.is_answer]
    found = [
        Unsettled(sending, name_of(sending.login, tx))
        for number in dict.fromkeys(numbers)
        if number is not None
        for sending in tx.outbox.unsettled(number)
    ]
    same = job.desk.mailbox.id, job.outgoing.digest
    return [
        each
        for each in found
        if each.waits or (each.sending.mailbox_id, each.sending.digest) != same
    ]


def perhaps_answered(
    job: SendingJob, one: Concerned, refers_to: Sequence[str], known: Iterable[Unsettled]
) -> Iterator[Answer]:
    """Of which nobody knows whether they went out. ``refers_to``: the ids that the mail names."""
    doubtful = (each for each in known if not each.waits and not job.is_at(each.sending))
    return _to_the_same(one, refers_to, doubtful)


def own_waiting(
    job: SendingJob, one: Concerned, refers_to: Sequence[str], known: Iterable[Unsettled]
) -> Iterator[Answer]:
    """Of the very person, and not on their way yet."""
    own = (each for each in known if each.waits and each.sending.account_id == job.account.id)
    return _to_the_same(one, refers_to, own)


def _to_the_same(
    one: Concerned, refers_to: Sequence[str], known: Iterable[Unsettled]
) -> Iterator[Answer]:
    """Those that answer the same as the mail in hand: who has thanked a supplier has not answered
    the customer.
    """
    for each in known:
        sending = each.sending
        if sending.conversation_id != one.facts.id:
            continue
        found = one.desk.conversations.find(refers_to, sending.recipients)
        if found is not None and found.id == one.facts.id and found.is_answer:
            yield Answer(sending.account_id, each.name, sending.created_us, sending.message_id)
