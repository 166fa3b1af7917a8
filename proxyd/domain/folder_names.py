"""What the virtual folders are called, in the mailbox's language (docs/design.md §3 "Views").

A mail client sorts names as its own language does, so that the order of the work is lost: of the
Japanese names the one that matters most comes last. Where a mailbox chooses ``numbered``, each name
has its place in front. Pure. Invariant: the same for everybody who has the mailbox, whatever of it
the person is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from proxyd.domain.workflow import StatusSet

# key → (English, Japanese). "parent" is the folder they stand under, "people" the level above
# assignees.
_NAMES: Final = {
    "parent": ("Status", "対応状況"),
    "overdue": ("Overdue", "期限超過"),
    "tomorrow": ("Tomorrow", "明日"),
    "monday": ("Monday", "月曜日"),
    "1w": ("In a week", "1週間後"),
    "4w": ("In four weeks", "4週間後"),
    "mine": ("Mine", "自分の担当"),
    "unassigned": ("Unassigned", "担当者なし"),
    "people": ("Assigned to", "担当者"),
    "notes": ("Notes", "社内メモ"),
    "mentions": ("Mentions", "自分へのメモ"),
    "leaving": ("Leaving", "送信待ち"),
    "to-approve": ("To approve", "承認待ち"),
    "approve": ("Approve", "承認する"),
}
# A list of one folder a person, beside 担当者なし. Mailboxes that have no numbers keep the name
# that they have, because mail clients have rules and copies under it.
_JAPANESE_PEOPLE: Final = "担当者別"

# Below the folder of what is on hold: when it comes back, in the words of hold_until.py.
BACK_ON: Final = ("tomorrow", "monday", "1w", "4w")
# Below the parent, behind the statuses; last those that only some mailboxes have.
_BESIDE: Final = (
    *("mine", "unassigned", "overdue", "notes", "mentions", "people"),
    *("leaving", "to-approve", "approve"),
)
_SHARED: Final = ("Shared", "共有")  # further mailboxes stand under it; announced by NAMESPACE

PLAIN, NUMBERED = "plain", "numbered"  # how they are put in order


def shared_root(language: str) -> str:
    """``language`` is the installation's: mailboxes of several may stand under it."""
    return _SHARED[language == "ja"]


def names_beside(language: str) -> list[str]:
    """What stands beside the statuses, and so can be the name of none."""
    return [_NAMES[key][language == "ja"] for key in _BESIDE]


@dataclass(frozen=True)
class ViewNames:
    """Of one mailbox; ``order`` is PLAIN or NUMBERED."""

    language: str
    statuses: StatusSet
    order: str = PLAIN

    def named(self, key: str) -> str:
        """Of the virtual folder ``key`` ("parent", "mine", "notes", …)."""
        name = _NAMES[key][self.language == "ja"]
        if self.order == NUMBERED and key == "people" and self.language == "ja":
            name = _JAPANESE_PEOPLE
        return self._numbered(key, name)

    def of_status(self, key: str) -> str:
        """As it is configured; "" where there is no such status."""
        words = (word.label(self.language) for word in self.statuses.words if word.key == key)
        name = next(words, "")
        return name and self._numbered(f"status {key}", name)

    def _numbered(self, key: str, name: str) -> str:
        """Two digits, because there are ten as it is shipped, and "10" sorts before "2"."""
        place = self._places.get(key)
        return name if self.order != NUMBERED or place is None else f"{place:02} {name}"

    @cached_property
    def _places(self) -> Mapping[str, int]:
        beside = (*(f"status {key}" for key in self.statuses.keys), *_BESIDE)
        return {key: place for level in (beside, BACK_ON) for place, key in enumerate(level, 1)}
