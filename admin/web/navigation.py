"""The places of the console that have a link on each page, for who may open them.

A place whose address a role can't open has no link. What a service refuses besides (a grant that is
missing) its page says; whoever adds an area adds its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxyd.domain.types import Role


@dataclass(frozen=True, slots=True)
class NavigationRow:
    """``word``: key of its name; ``key``: what is pressed after ``g`` to go there."""

    path: str
    word: str
    key: str
    roles: frozenset[Role] = frozenset(Role)


_ADMINS: Final = frozenset({Role.ADMIN})
NAVIGATION: Final[tuple[NavigationRow, ...]] = (
    NavigationRow("/me", "frame.own-account", "y"),
    NavigationRow("/mailboxes", "mailboxes.title", "m", _ADMINS),
)


def places_of(role: Role) -> tuple[NavigationRow, ...]:
    return tuple(row for row in NAVIGATION if role in row.roles)


def home_of(role: Role) -> str:
    """Where who signs in begins: at the first place that they have."""
    return places_of(role)[0].path


def place_at(path: str) -> str:
    """Of which place ``path`` is a page: "" where of none."""
    places = (row.path for row in NAVIGATION)
    return next((one for one in places if path == one or path.startswith(f"{one}/")), "")
