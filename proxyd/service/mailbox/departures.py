"""What each person has said of a mail in a view that is to leave it: \\Deleted, and copies made.

Both are kept here, never at the provider: a \\Deleted there would let webmail, a colleague's client
that tidies up, or a provider that expunges by itself take the mail away before this person has said
EXPUNGE (docs/decisions/020). They belong to one UID of one view: a client takes the same mail in
another view for another mail. Goes with the UID.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proxyd.domain.deleting import (
    COPY_REMEMBERED_US,
    ELSEWHERE_REMEMBERED_US,
    TRASHED_REMEMBERED_US,
)

DELETED = "\\Deleted"


@dataclass(frozen=True, slots=True)
class Departure:
    """Of one person, view and UID."""

    deleted: bool = False
    into: str = ""  # the virtual folder it was copied into last, as the client named it
    copies: tuple[int, ...] = ()  # the ids of its copies in folders
    at_us: int = 0  # of the last copy
    elsewhere: bool = False  # it was copied into that out of another view than this

    @property
    def copied(self) -> bool:
        return bool(self.into or self.copies)

    def at(self, now_us: int) -> Departure:
        """What counts of it then; what \\Deleted has followed does until that is taken back."""
        age_us = now_us - self.at_us
        if self.deleted or not self.copied:
            return self
        if age_us > COPY_REMEMBERED_US:
            return Departure()
        late = self.elsewhere and age_us > ELSEWHERE_REMEMBERED_US
        return replace(self, into="", elsewhere=False) if late else self

    def copied_into(self, name: str, now_us: int, *, elsewhere: bool) -> Departure:
        """A copy out of this very view stays the stronger word."""
        before = self.at(now_us)
        here = bool(before.into) and not before.elsewhere
        return replace(before, into=name, at_us=now_us, elsewhere=elsewhere and not here)


@dataclass(frozen=True, slots=True)
class Trashed:
    """Who has put a mail into Trash by deleting it, and when."""

    account_id: int
    at_us: int

    def lately_by(self, account_id: int, now_us: int) -> bool:
        return account_id == self.account_id and now_us - self.at_us <= TRASHED_REMEMBERED_US


class Departures:
    """Of one view. Only ``effects.py`` and ``loading.py`` put in and take out."""

    __slots__ = ("_people",)

    def __init__(self) -> None:
        self._people: dict[int, dict[int, Departure]] = {}

    def of(self, account_id: int) -> dict[int, Departure]:
        """By UID; nobody alters it."""
        return self._people.get(account_id, _NONE)

    def deleted_by(self, account_id: int) -> set[int]:
        """The UIDs that this person has marked \\Deleted."""
        return {uid for uid, each in self.of(account_id).items() if each.deleted}

    def who_deleted(self, uid: int) -> list[int]:
        """Those who have marked it, by account."""
        every = self._people.items()
        return [who for who, mine in every if (one := mine.get(uid)) is not None and one.deleted]

    def put(self, account_id: int, uid: int, departure: Departure | None) -> None:
        mine = self._people.setdefault(account_id, {})
        if departure is None:
            mine.pop(uid, None)
        else:
            mine[uid] = departure
        if not mine:
            del self._people[account_id]

    def left(self, uids: list[int]) -> None:
        """These UIDs are in the view no more."""
        for account_id in list(self._people) if self._people else ():
            for uid in uids:
                if uid in self.of(account_id):
                    self.put(account_id, uid, None)


_NONE: dict[int, Departure] = {}
