"""What a provider was asked to do and did not say yet that it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.types import LogRecord


@dataclass(frozen=True, slots=True)
class HalfDoneMail:
    digest: bytes  # SHA-256 of its octets without CR; b"" where it is not needed
    uid: int | None = None  # None: no answer yet; 0: stored, and nobody told the UID


@dataclass(frozen=True, slots=True)
class HalfDone:
    """Mails that go to a provider one by one and are to be there all or none."""

    folder: str
    uidvalidity: int
    uidnext: int  # before the first of them
    marked: bool  # each has our keyword until all are there
    mails: tuple[HalfDoneMail, ...]  # at least one, in the order they are asked for


class BegunStore(Protocol):
    """What a provider has been asked to do and is not recorded as done yet."""

    def begin(self, mailbox_id: int, at_us: int, records: Sequence[LogRecord]) -> int:
        """``records``, at least one, are of one action of one person. Returns its number."""
        ...

    def finish(self, ids: Collection[int]) -> None: ...

    def interrupted(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord]]]:
        """Number, when it was begun, and what would have been recorded; without the half-done."""
        ...

    def begin_mails(self, number: int, what: HalfDone) -> None:
        """What was begun as ``number`` stores these mails one by one."""
        ...

    def stored_mail(self, number: int, position: int, uid: int) -> None:
        """The provider has it; a ``uid`` of 0 where it did not say as which."""
        ...

    def half_done(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord], HalfDone]]:
        """As ``interrupted``, with the mails and how far it got."""
        ...
