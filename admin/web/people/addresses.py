"""Where the pages about people are."""

from __future__ import annotations

from typing import Final

from proxyd.domain.types import Role

ADMINS: Final = frozenset({Role.ADMIN})
PEOPLE: Final = "/people"
ADD: Final = "/people/add"
PERSON: Final = "/people/{login}"
# The same page, for whom "add" is the login: it is nobody else's, and can't be taken away.
PERSON_TOO: Final = "/people/{login}/page"
LEAVE: Final = "/people/{login}/leave"


def person_at(login: str, done: str = "") -> str:
    path = f"{PEOPLE}/{login}"
    told = f"?done={done}" if done else ""
    return f"{path}/page{told}" if path == ADD else f"{path}{told}"
