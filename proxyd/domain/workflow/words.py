"""Status and assignee: their words and their keywords.

Pure. A conversation has exactly one status and at most one assignee (docs/design.md §3, promise 4);
both show as IMAP keywords. Keywords are compared without regard to case and written in lower case,
because Thunderbird lowers them (its tag keys are lower case).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STATUS_PREFIX = "$status-"
ASSIGNEE_PREFIX = "$assignee-"
HOLD = "hold"  # the key of the status that asks to wait; an installation may have none of it
# On each mail of a conversation in which a colleague writes an answer; nobody sets it by hand.
REPLYING = "$replying"
# On each mail of a conversation in which somebody has waited for too long; set by time alone.
OVERDUE = "$overdue"
# At the provider, on mails of which all or none shall be there, while not all are; never shown.
UNFINISHED = "$proxyd-unfinished"


@dataclass(frozen=True, slots=True)
class StatusWord:
    """One status: its key (in keyword, table and metric) and what people read.

    ``stops``: it asks colleagues not to answer yet (domain/guards/turn.py).
    """

    key: str
    en: str
    ja: str
    stops: bool = False

    def label(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True, slots=True)
class StatusSet:
    """The statuses of an installation, in the order of the folder tree.

    ``initial`` is what a new mail gets and what removing a status keyword means; ``answered`` is
    what sending the reply sets.
    """

    words: tuple[StatusWord, ...]
    initial: str = "open"
    answered: str = "done"

    def __post_init__(self) -> None:
        keys = [word.key for word in self.words]
        if len(set(keys)) != len(keys) or not {self.initial, self.answered} <= set(keys):
            raise ValueError("status keys must be unique and include the initial and answered ones")

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(word.key for word in self.words)

    def stopping(self, status: str) -> StatusWord | None:
        """That status, where it stops answers."""
        return next((word for word in self.words if word.key == status and word.stops), None)

    def runs(self, status: str) -> bool:
        """Whether who waits in a conversation of this status waits for us."""
        return status not in (self.answered, HOLD)

    @property
    def keywords(self) -> tuple[str, ...]:
        return tuple(STATUS_PREFIX + key for key in self.keys)


SHIPPED = StatusSet(
    (
        StatusWord("open", "Open", "未対応"),
        StatusWord("checking", "Checking", "確認中"),
        StatusWord(HOLD, "On hold", "保留", stops=True),
        StatusWord("done", "Done", "対応済み"),
    )
)


def is_ours(flag: str) -> bool:
    """True for a keyword of the workflow, known or not, and for what is never shown."""
    word = flag.lower()
    return word in (REPLYING, OVERDUE) or word.startswith(
        (STATUS_PREFIX, ASSIGNEE_PREFIX, UNFINISHED)
    )


def earliest(statuses: StatusSet, keys: Sequence[str]) -> str:
    """The one of ``keys`` that is furthest from finished: what two joined conversations get."""
    order = statuses.keys
    return min(keys, key=lambda key: order.index(key) if key in order else 0)
