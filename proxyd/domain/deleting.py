"""What it means that a person expunges a mail: the table, and the one way in.

A client without MOVE says COPY, STORE \\Deleted, EXPUNGE, and a key pressed in haste says the last
two: what the same person has copied and then deletes is a move, and nothing else leaves a folder of
work for good. The first row that fits counts. Pure; printed in docs/what-clients-do.md
(docs/design.md §3 "Deleting").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

# How long a COPY is remembered that no \Deleted has followed: people leave on Friday and come back
# from their holidays, and what was copied last year and is deleted today was not moved.
COPY_REMEMBERED_US = 30 * 86_400 * 1_000_000
# How long a COPY out of another view is: one sitting of one person. No program moves mail so; who
# copies out of Open and tidies up INBOX at once means a move, who does so tomorrow, to delete.
ELSEWHERE_REMEMBERED_US = 30 * 60 * 1_000_000
# How long what is stored again counts as moved and not deleted: mbsync and offlineimap delete first
# and store afterwards where the names of the folders sort so, and a run that was cut off in between
# goes on when the laptop is opened again.
TRASHED_REMEMBERED_US = COPY_REMEMBERED_US
# Of a deletion that was undone because its other half was refused: nothing shows it any more, and
# nobody can take it back. The program that was refused tries again within the day.
UNDONE_REMEMBERED_US = 86_400 * 1_000_000


class Half(StrEnum):
    """Of a move that a client says in two commands: what could not be carried out."""

    EXPUNGED = "expunged"
    STORED = "stored"


class Fate(StrEnum):
    """What becomes of the mail; the words of the access log."""

    STAYS = "moved-here"  # the old UID goes, and the mail comes in again where it belongs
    KEPT = "kept"  # the same, because the other half of the move was refused
    MOVED = "moved"  # it goes for good: the copy is where the person wants it
    TRASH = "trash"  # it goes to the provider's Trash
    FINAL = "destroyed"
    REFUSED = "refused"  # it stays, and its \Deleted is taken back


class Copied(Enum):
    """Where the same person has put a copy of it before."""

    NOWHERE = "no copy"
    VIEW = "into a virtual folder, out of the view it is deleted in"
    ELSEWHERE = "into a virtual folder, out of another view, in the last half hour"
    FOLDER = "to a folder, and the copy is there"
    REFUSED = "nowhere: their APPEND of it was refused"


class FolderUse(Enum):
    """What kind of folder it lies in at the provider."""

    WORK = "any other folder"
    TRASH = "Trash"
    JUNK = "Junk"
    DRAFTS = "Drafts"


@dataclass(frozen=True, slots=True)
class Case:
    copied: Copied
    place: FolderUse
    own_draft: bool  # the same person has put it into Drafts
    may_destroy: bool  # the right that the mailbox's policy asks for
    to_trash: bool  # the mailbox's policy for folders of work


@dataclass(frozen=True, slots=True)
class FateRow:
    """None fits anything."""

    fate: Fate
    copied: Copied | None = None
    place: FolderUse | None = None
    own_draft: bool | None = None
    may_destroy: bool | None = None
    to_trash: bool | None = None

    def fits(self, case: Case) -> bool:
        pairs = (
            (self.copied, case.copied),
            (self.place, case.place),
            (self.own_draft, case.own_draft),
            (self.may_destroy, case.may_destroy),
            (self.to_trash, case.to_trash),
        )
        return all(wanted is None or wanted == present for wanted, present in pairs)


TABLE = (
    FateRow(Fate.MOVED, copied=Copied.FOLDER),
    FateRow(Fate.STAYS, copied=Copied.VIEW),
    FateRow(Fate.STAYS, copied=Copied.ELSEWHERE),
    FateRow(Fate.KEPT, copied=Copied.REFUSED),
    FateRow(Fate.FINAL, place=FolderUse.TRASH, may_destroy=True),
    FateRow(Fate.REFUSED, place=FolderUse.TRASH),
    FateRow(Fate.FINAL, place=FolderUse.JUNK, may_destroy=True),
    FateRow(Fate.TRASH, place=FolderUse.JUNK),
    # Clients replace a draft every few minutes; Trash would fill with halves of sentences.
    FateRow(Fate.FINAL, place=FolderUse.DRAFTS, own_draft=True),
    FateRow(Fate.FINAL, place=FolderUse.DRAFTS, may_destroy=True),
    FateRow(Fate.TRASH, place=FolderUse.DRAFTS),
    FateRow(Fate.TRASH, place=FolderUse.WORK, to_trash=True),
    FateRow(Fate.FINAL, place=FolderUse.WORK),
)


# What the documentation says of each fate.
MEANING = {
    Fate.STAYS: "the old UID goes; the mail stays, and comes in again where it belongs",
    Fate.KEPT: "the same; stored after all within a day, it was a move",
    Fate.MOVED: "it goes for good",
    Fate.TRASH: "it goes to the provider's Trash",
    Fate.FINAL: "it goes for good",
    Fate.REFUSED: "`NO [NOPERM]`: it stays, and its \\Deleted is taken back",
}


def printed() -> list[str]:
    """The table for people, as lines of Markdown; the first line that fits counts."""
    head = ["| copied by the same person | lies in | and | then | log |", "|---|---|---|---|---|"]
    return head + [_line(row) for row in TABLE]


def _line(row: FateRow) -> str:
    copied = row.copied.value if row.copied else ""
    place = row.place.value if row.place else ""
    conditions = [
        text
        for text, wanted in (
            ("the person's own draft", row.own_draft),
            ("the person has the right `destroy` asks for", row.may_destroy),
            ("`delete=trash`", row.to_trash),
        )
        if wanted
    ]
    cells = (copied, place, ", ".join(conditions), MEANING[row.fate], f"`{row.fate.value}`")
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def fate_of(case: Case) -> Fate:
    return next(row.fate for row in TABLE if row.fits(case))


def place_of(attributes: Iterable[str]) -> FolderUse:
    """By a folder's special uses (RFC 6154 §2), in lower case with the backslash."""
    kinds = {"\\trash": FolderUse.TRASH, "\\junk": FolderUse.JUNK, "\\drafts": FolderUse.DRAFTS}
    return next((kinds[use] for use in sorted(attributes) if use in kinds), FolderUse.WORK)
