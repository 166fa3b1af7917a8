"""All shared mailboxes with their health, page by page, and one of them with all that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from admin.web.mailboxes.common import (
    MAILBOXES,
    ONE,
    done_of,
    facts_of_one,
    for_admins,
    mailbox_of,
    path_of,
    services_of,
)
from admin.web.page import Answer, Show, Visit
from proxyd.domain.notes import note_address
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import OPTIONS
from proxyd.domain.types import Account, Right, SharedMailbox
from proxyd.service.admin.mailbox_health import MailboxHealth
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES, url_of

ROWS: Final = 50
PEOPLE: Final = 200  # that are named: more nobody reads, and the page stays small
TROUBLES: Final = 20
_DONE: Final = ("policy", "days", "rules", "removed")


@dataclass(frozen=True, slots=True)
class MailboxRow:
    mailbox: SharedMailbox
    path: str
    health: MailboxHealth | None  # None: not served yet
    people: int


async def listed(visit: Visit) -> Answer:
    services = services_of(visit)
    after = visit.query.get("after", "")
    found = [one for one in await services.admin.all() if one.name > after]
    health, people = services.health(), await _people(visit)
    rows = [
        MailboxRow(
            one,
            path_of(one.name),
            health.get(one.id),
            sum(one.id in person.grants for person in people),
        )
        for one in found[:ROWS]
    ]
    facts = {
        "rows": rows,
        "more": rows[-1].mailbox.name if len(found) > ROWS else "",
        "after": after,
        "done": done_of(visit, *_DONE),
    }
    return Show("mailboxes/list.html", facts)


async def one(visit: Visit) -> Answer:
    mailbox = await mailbox_of(visit)
    services = services_of(visit)
    rights = [
        (person, person.grants[mailbox.id])
        for person in await _people(visit)
        if mailbox.id in person.grants
    ]
    chosen = [(option, option.shown(mailbox.policy)) for option in OPTIONS]
    usual = Policy()
    rules = await services.rules.version(mailbox.name)
    health = services.health().get(mailbox.id)
    return Show(
        "mailboxes/one.html",
        {
            **facts_of_one(mailbox),
            "health": health,
            "troubles": health.troubles[:TROUBLES] if health else (),
            "notes": note_address(mailbox.address),
            "imap": url_of(mailbox.imap, IMAP_SCHEMES),
            "smtp": url_of(mailbox.smtp, SMTP_SCHEMES),
            "people": sorted(rights, key=_who_may_most)[:PEOPLE],
            "people_in_all": len(rights),
            "different": [row for row in chosen if row[1] != row[0].shown(usual)],
            "as_usual": [row for row in chosen if row[1] == row[0].shown(usual)],
            "connections": services.connections,
            "rules": rules if rules and rules.text else None,
            "done": done_of(visit, *_DONE),
        },
    )


async def _people(visit: Visit) -> list[Account]:
    """Who works here: not those that have left."""
    people = [one.account for one in await visit.services.people.all()]
    return [person for person in people if person.left_us is None]


def _who_may_most(row: tuple[Account, Right]) -> tuple[int, str]:
    person, right = row
    return -right, person.login


PAGES: Final = (for_admins("GET", MAILBOXES, listed), for_admins("GET", ONE, one))
