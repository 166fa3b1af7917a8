"""Everybody, a page at a time: looked for by words, role, state and shared mailbox."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from admin.web.page import Answer, Show, Visit, WebPage
from admin.web.people.addresses import ADMINS, PEOPLE, person_at
from proxyd.domain.types import Right, Role
from proxyd.service.admin.people_directory import PeoplePage, PeopleQuery, Standing

_LONGEST: Final = 200  # of what is looked for
_DONE: Final = ("removed",)


async def listing(visit: Visit) -> Answer:
    query = query_of(visit)
    page = await visit.services.directory.page(query, by=visit.actor)
    done = visit.query.get("done", "") if visit.same_origin else ""
    facts = {
        "query": query,
        "page": page,
        "mailboxes": page.mailboxes,
        "alone": not query.narrows
        and [one.account.id for one in page.people] == [visit.account.id],
        "former": _turned(query, page, before=True),
        "further": _turned(query, page, before=False),
        "roles": tuple(Role),
        "standings": tuple(Standing),
        "rights": tuple(Right),
        "person_at": person_at,
        "no_approver": await visit.services.people.without_approver(),
        "done": done if done in _DONE else "",
    }
    return Show("people/list.html", facts)


def query_of(visit: Visit) -> PeopleQuery:
    """What is not one of the choices is no choice: everybody."""
    asked = {name: text[:_LONGEST] for name, text in visit.query.items()}
    role, standing = asked.get("role", ""), asked.get("state", "")
    return PeopleQuery(
        text=asked.get("q", "").strip(),
        role=Role(role) if role in set(Role) else None,
        standing=Standing(standing) if standing in set(Standing) else Standing.ACTIVE,
        mailbox=asked.get("mailbox", ""),
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )


def _turned(query: PeopleQuery, page: PeoplePage, *, before: bool) -> str:
    """The address of the page before or after; "" where there is none."""
    if not page.people or not (page.before if before else page.after):
        return ""
    place = {"before": page.people[0].account.login}
    if not before:
        place = {"after": page.people[-1].account.login}
    chosen = {
        "q": query.text,
        "role": query.role or "",
        "state": query.standing if query.standing is not Standing.ACTIVE else "",
        "mailbox": query.mailbox,
        **place,
    }
    return f"{PEOPLE}?{urlencode({name: text for name, text in chosen.items() if text})}"


PAGES: Final = (WebPage("GET", PEOPLE, listing, roles=ADMINS),)
