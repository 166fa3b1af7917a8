"""What a shared mailbox has accepted from its people and not passed on to the end: who removes the
mailbox would destroy it (docs/decisions/051-leaving.md).

Reads only, in the transaction of whoever removes. What may have gone out and does not wait is none:
its writer was told so, and has the text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from proxyd.domain.errors import BadInput
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import SharedMailbox


@dataclass(frozen=True, slots=True)
class AcceptedMails:
    leaving: tuple[Sending, ...] = ()  # wait for their time, or are on their way
    asking: tuple[Sending, ...] = ()  # wait for approval
    coming_back: tuple[Sending, ...] = ()
    unfiled: tuple[Sending, ...] = ()  # have gone out, and are not in Sent yet

    @property
    def lost(self) -> Iterator[Sending]:
        """What nobody would have any more, neither the recipient nor the provider."""
        yield from (*self.leaving, *self.asking, *self.coming_back)

    def refuse_removal(self, name: str) -> None:
        """Raises BadInput where there are any: how many, and what can be done with each."""
        kinds = (
            (self.leaving, "in Leaving", _leave(shlex.quote(name))),
            (self.asking, "in To approve", "approve them or drag them to Drafts"),
            (self.coming_back, "on the way back to Drafts", _wait(shlex.quote(name))),
            (self.unfiled, "sent and not in Sent yet", _wait(shlex.quote(name))),
        )
        there = [(len(mails), where, remedy) for mails, where, remedy in kinds if mails]
        if not there:
            return
        total = sum(number for number, _, _ in there)
        counted = ", ".join(f"{number} {where}" for number, where, _ in there)
        mails = "1 mail that was accepted is" if total == 1 else f"{total} accepted mails are"
        remedies = list(dict.fromkeys(remedy for _, _, remedy in there))
        raise BadInput(
            f"mailbox {name}",
            f"{mails} not delivered to the end ({counted})",
            f"{'; '.join(remedies)}; or give them up for good: --discard-waiting",
        )


def _leave(name: str) -> str:
    return f'drag them to Drafts, or let them leave: "proxyd mailbox policy {name} send-delay-s=0"'


def _wait(name: str) -> str:
    return f'wait until it is done, while proxyd runs and "proxyd mailbox test {name}" succeeds'


def accepted_mails(tx: Transaction, mailbox: SharedMailbox) -> AcceptedMails:
    leaving: list[Sending] = []
    asking: list[Sending] = []
    back: list[Sending] = []
    waiting = tx.held.every(mailbox.id)
    for mail in waiting:
        found = tx.held.find(mail.sending_id)
        if found is not None:
            where = back if mail.stays else asking if mail.leaves_us is None else leaving
            where.append(found[1])
    numbers = {mail.sending_id for mail in waiting}
    others = [each for each in tx.outbox.pending(mailbox.id) if each.id not in numbers]
    leaving += [each for each in others if each.state is SendState.RELAYING]
    unfiled = [each for each in others if each.state is SendState.RELAYED]
    return AcceptedMails(tuple(leaving), tuple(asking), tuple(back), tuple(unfiled))
