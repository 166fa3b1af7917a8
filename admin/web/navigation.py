"""The places of the console that have a link on each page, for who may open them.

A place whose address a role can't open has no link. What a service refuses besides (a grant that is
missing) its page says; whoever adds an area adds its row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from proxyd.domain.types import Account, Role
from proxyd.service.scope import has_reports


@dataclass(frozen=True, slots=True)
class NavigationRow:
    """``word``: key of its name; ``key``: what is pressed after ``g`` to go there; ``there``: who
    of those roles has a link to it at all.
    """

    path: str
    word: str
    key: str
    roles: frozenset[Role] = frozenset(Role)
    there: Callable[[Account], bool] = lambda _account: True


_ADMINS: Final = frozenset({Role.ADMIN})
_WORKERS: Final = frozenset({Role.STAFF, Role.ADMIN})
_LOOKS_AFTER: Final = frozenset({Role.ADMIN, Role.AUDITOR})
NAVIGATION: Final[tuple[NavigationRow, ...]] = (
    NavigationRow("/", "overview.title", "o", _WORKERS),
    NavigationRow("/conversations", "conversations.title", "c", _WORKERS),
    NavigationRow("/reports", "reports.title", "r", _WORKERS, has_reports),
    NavigationRow("/people", "people.title", "p", _ADMINS),
    NavigationRow("/mailboxes", "mailboxes.title", "m", _ADMINS),
    NavigationRow("/log", "log.title", "l", _LOOKS_AFTER),
    NavigationRow("/alarms", "alarms.title", "a", _LOOKS_AFTER),
    NavigationRow("/me", "frame.own-account", "y"),
)


def places_of(role: Role) -> tuple[NavigationRow, ...]:
    return tuple(row for row in NAVIGATION if role in row.roles)


def places_for(account: Account) -> tuple[NavigationRow, ...]:
    return tuple(row for row in places_of(account.role) if row.there(account))


def home_of(role: Role) -> str:
    """Where who signs in begins: at the first place that they have."""
    return places_of(role)[0].path


def place_at(path: str) -> str:
    """Of which place ``path`` is a page: "" where of none."""
    places = (row.path for row in NAVIGATION)
    return next((one for one in places if path == one or path.startswith(f"{one}/")), "")
