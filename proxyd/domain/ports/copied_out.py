"""How many mails people have copied, by day; a few rows a day each, so that no log is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.copied_out import Client, CopyKind, Today


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One client of one person in one shared mailbox. ``name``, ``place``: client_of, place_of."""

    account_id: int
    mailbox_id: int
    name: str
    place: str


class CopiedStore(Protocol):
    def client(
        self, key: ClientKey, mails: int, again: int, now_us: int, much: int, since_us: int
    ) -> Client:
        """It has taken so much more. Others that came ``since_us`` and have taken more than
        ``much`` are those beside it.
        """
        ...

    def add(
        self, account_id: int, mailbox_id: int, day: str, counts: Mapping[CopyKind, int]
    ) -> None:
        """``day``: "2026-12-31", by the clock of the mailbox."""
        ...

    def today(self, account_id: int, day: str) -> Today: ...

    def own_days(self, account_id: int, since: str, before: str) -> list[int]:
        """Mails of each day of which nothing was told, the newest first."""
        ...

    def days_of_others(
        self, account_id: int, mailbox_id: int, since: str, before: str
    ) -> list[int]:
        """The same of each colleague, of this shared mailbox."""
        ...

    def alarms(self, day: str) -> Mapping[int, int]:
        """By mailbox: of how many people one was given."""
        ...

    def forget(self, before: str, before_us: int) -> None:
        """What is too old to tell anything."""
        ...
