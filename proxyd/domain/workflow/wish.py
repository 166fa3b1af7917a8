"""What a client's flag change asks of the workflow (docs/design.md §3 "By keyword"). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo, UnknownStatus
from proxyd.domain.workflow.words import ASSIGNEE_PREFIX, STATUS_PREFIX, StatusSet


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
    until: str = ""  # on hold until then, in the words of hold_until.py
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


def check_shows(folder: str, *, written_outside: bool, working: bool) -> None:
    """Virtual folders hold what came from outside into a folder of work. What is wished of a
    conversation that has no such mail would show in none of them, and an OK would be believed.

    ``written_outside``: it has a mail from outside; ``working``: one in a folder of work.
    ``folder`` is where the mail lies of which it was wished. Raises CannotDo.
    """
    if not written_outside:
        raise CannotDo("nobody-wrote")
    if not working:
        raise CannotDo("not-shown", folder=folder)


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
