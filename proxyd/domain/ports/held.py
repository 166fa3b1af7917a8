"""Mails that wait before they leave, each beside its row of the outbox (domain/held.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from proxyd.domain.held import HeldMail
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.notes import NoteRow


class HeldStore(Protocol):
    def hold(self, held: HeldMail, size: int) -> None:
        """``size``: of the mail, in octets."""
        ...

    def find(self, sending_id: int) -> tuple[HeldMail, Sending] | None:
        """With the octets; None: it waits no more."""
        ...

    def every(self, mailbox_id: int) -> Sequence[HeldMail]:
        """Those of one mailbox, the first taken first."""
        ...

    def asks(self, sending_id: int) -> bool:
        """It waits for approval."""
        ...

    def approve(self, sending_id: int, leaves_us: int, by: str) -> bool:
        """It leaves then; False, and nothing done, where it waits for no approval any more."""
        ...

    def come_back(self, sending_id: int, into: str, by: str, why: Mapping[str, str]) -> None:
        """It does not leave, and is to be put there."""
        ...

    def gone(self, sending_id: int) -> None:
        """It has left, or is where it was to come back to."""
        ...

    # ------------------------------------------------------------------ as a folder shows them

    def next_uid(self) -> int:
        """Greater than all that were ever used."""
        ...

    def all(self, mailbox_id: int, folder: str) -> Sequence[NoteRow]:
        """``folder``: one of domain/held.py; in the order of their UIDs."""
        ...

    def messages(self, mailbox_id: int, uids: Collection[int]) -> dict[int, bytes]:
        """Of those that are there and can be opened."""
        ...

    def set_flags(self, mailbox_id: int, flags: Mapping[int, Sequence[str]]) -> None: ...
