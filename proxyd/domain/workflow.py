"""Status and assignee: their words, their keywords, and what a client's flag change means.

Pure. A conversation has exactly one status and at most one assignee (DESIGN.md §3, promise 4);
both show as IMAP keywords. Keywords are compared without regard to case and written in lower case,
because Thunderbird lowers them (its tag keys are lower case).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo, UnknownStatus

STATUS_PREFIX = "$status-"
ASSIGNEE_PREFIX = "$assignee-"
# At the provider, on mails of which all or none shall be there, while not all are; never shown.
UNFINISHED = "$proxyd-unfinished"


@dataclass(frozen=True, slots=True)
class StatusWord:
    """One status: its key (in keyword, table and metric) and what people read."""

    key: str
    en: str
    ja: str

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

    @property
    def keywords(self) -> tuple[str, ...]:
        return tuple(STATUS_PREFIX + key for key in self.keys)


SHIPPED = StatusSet(
    (
        StatusWord("open", "Open", "未対応"),
        StatusWord("checking", "Checking", "確認中"),
        StatusWord("hold", "On hold", "保留"),
        StatusWord("done", "Done", "対応済み"),
    )
)


def is_ours(flag: str) -> bool:
    """True for a keyword of the workflow, known or not, and for what is never shown."""
    return flag.lower().startswith((STATUS_PREFIX, ASSIGNEE_PREFIX, UNFINISHED))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client's flag change asks of the workflow; "" is "says nothing".

    ``unset_status`` and ``release`` name what is to be taken away, and take effect only where the
    conversation has just that status or assignee. ``statuses`` and ``assignees`` are what a client
    added or replaced by; more than one is legal as long as only one differs from the present one.
    """

    statuses: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    unset_status: tuple[str, ...] = ()
    release: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.statuses or self.assignees or self.unset_status or self.release)


def wish_of(flags: Iterable[str], *, remove: bool, statuses: StatusSet) -> Wish:
    """The workflow's part of a STORE; ``remove`` for ``-FLAGS``.

    Raises UnknownStatus for a status that is not configured. Logins are checked where people are
    known.
    """
    wanted: list[str] = []
    people: list[str] = []
    for flag in flags:
        word = flag.lower()
        if word.startswith(STATUS_PREFIX):
            if word.removeprefix(STATUS_PREFIX) not in statuses.keys:
                raise UnknownStatus(flag)
            wanted.append(word.removeprefix(STATUS_PREFIX))
        elif word.startswith(ASSIGNEE_PREFIX):
            people.append(word.removeprefix(ASSIGNEE_PREFIX))
    if remove:
        return Wish(unset_status=tuple(wanted), release=tuple(people))
    return Wish(statuses=tuple(wanted), assignees=tuple(people))


def new_status(wish: Wish, current: str, statuses: StatusSet) -> str:
    """The status after ``wish``. Raises CannotDo("two-statuses") when it is ambiguous."""
    different = [key for key in wish.statuses if key != current]
    if len(set(different)) > 1:
        raise CannotDo("two-statuses")
    if different:
        return different[0]
    return statuses.initial if current in wish.unset_status else current


def new_assignee(wish: Wish, current: str) -> str:
    """The assignee's login after ``wish``, "" for nobody. Raises CannotDo("two-assignees")."""
    different = [login for login in wish.assignees if login != current]
    if len(set(different)) > 1:
        raise CannotDo("two-assignees")
    if different:
        return different[0]
    return "" if current in wish.release else current


def earliest(statuses: StatusSet, keys: Sequence[str]) -> str:
    """The one of ``keys`` that is furthest from finished: what two joined conversations get."""
    order = statuses.keys
    return min(keys, key=lambda key: order.index(key) if key in order else 0)
