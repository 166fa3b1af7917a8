"""What is on its way out, and what the guards have refused (states: domain/outbox.py)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from proxyd.domain.guard import Refusal
from proxyd.domain.outbox import Sending, SendState


class OutboxStore(Protocol):
    def begin(self, sending: Sending) -> int:
        """Store it before the first octet goes out. Returns its number."""
        ...

    def leave(self, sending_id: int) -> bool:
        """Out of *held* to *relaying*; False, and nothing done, where it does not wait any more."""
        ...

    def withdraw(self, sending_id: int) -> bool:
        """Out of *held* to *withdrawn*, as ``leave``; the octets are kept."""
        ...

    def hold_again(self, sending_id: int) -> None:
        """It did not go, and is to be tried again."""
        ...

    def did_not_leave(self, sending_id: int) -> None:
        """As ``withdraw``, of what was on its way already."""
        ...

    def forget(self, sending_id: int) -> None:
        """The octets of what does not leave: it lies elsewhere."""
        ...

    def relayed(self, sending_id: int) -> None: ...

    def unheard(self, sending_id: int, at_us: int | None) -> None:
        """Its sender has not heard that it went out; None: now they have."""
        ...

    def filed(self, sending_id: int) -> None: ...

    def refused(self, sending_id: int) -> None: ...

    def uncertain(self, sending_id: int) -> None: ...

    def went_after_all(self, mailbox_id: int, digest: str) -> None:
        """A repeat of these doubtful ones went out with consent: they count as gone out too."""
        ...

    def find_sent(self, mailbox_id: int, message_id: str, digest: str) -> Sending | None:
        """The latest sending of the same mail that went out or may have."""
        ...

    def find_unheard(self, account_id: int, digest: str, since_us: int) -> Sending | None:
        """What went out since then without its sender hearing of it, under any Message-ID."""
        ...

    def came_back(self, mailbox_id: int, message_id: str) -> set[str]:
        """The makings of it (``copy_digest``) that waited, and did not leave."""
        ...

    def states(self, numbers: Collection[int]) -> dict[int, SendState]:
        """Of those that are remembered."""
        ...

    def unsettled(self, conversation_id: int) -> list[Sending]:
        """Those that wait, and those of which nobody knows whether they went out, or not yet;
        without the octets.
        """
        ...

    def pending(self, mailbox_id: int) -> list[Sending]:
        """What a former process left unsettled or unfiled, oldest first, without the octets."""
        ...

    def last_unfiled(self, mailbox_id: int, before: int | None) -> Sending | None:
        """The newest one, with a smaller number than ``before``, whose copy is not in Sent yet."""
        ...

    def next_unfiled(self, mailbox_id: int, after: int) -> Sending | None:
        """The oldest one with a greater number than ``after`` whose copy is not in Sent yet."""
        ...

    def add_refusal(
        self, account_id: int, conversation_id: int | None, digest: str, refusal: Refusal
    ) -> None: ...

    def latest_refusals(
        self, account_id: int, conversation_id: int | None, digest: str
    ) -> dict[str, Refusal]:
        """By guard; of this text, else of another one in the conversation that was not
        forfeited.
        """
        ...

    def spend_refusals(
        self, account_id: int, conversation_id: int | None, digest: str, told: Collection[Refusal]
    ) -> bool:
        """Use up the consent that follows from these; False, and nothing done, if it is gone."""
        ...

    def prune(self, before_us: int) -> None:
        """Forget what was settled, and refused, before that time (µs since the epoch)."""
        ...
