"""One person: rights, second factor, devices, what is open, sign-ins; what is dangerous last."""

from __future__ import annotations

from typing import Final

from admin.web.page import Answer, Show, Visit, WebPage
from admin.web.people.addresses import ADMINS, PERSON, PERSON_TOO, person_at
from proxyd.domain.roles import may_have_grants, reads_mail
from proxyd.domain.types import Right, Role

_DONE: Final = frozenset(
    {
        *("renamed", "role", "grant", "revoked", "networks", "app-only", "away", "back"),
        *("app-password", "ended", "shut-out", "let-in", "factor", "unbound"),
    }
)
# What has words of its own, of the reasons in service/accounts/verdict.py.
REASONS: Final = frozenset(
    {
        *(
            "password",
            "disabled",
            "network",
            "scope",
            "no-grant",
            "no-mailbox",
            "reads-no-mail",
            "left",
        ),
        *("application-password-needed", "nothing-to-send-from"),
    }
)


async def person(visit: Visit) -> Answer:
    """Raises NotFound."""
    found = await visit.services.directory.person(visit.path["login"], by=visit.actor)
    account = found.account
    done = visit.query.get("done", "") if visit.same_origin else ""
    facts = {
        "person": found,
        "who": account,
        "is_self": account.id == visit.account.id,
        "mail_sessions": visit.services.session_ending.mail_sessions(account),
        "may_have_grants": may_have_grants(account.role),
        "reads_mail": reads_mail(account),
        "organisation": visit.services.organisation is not None,
        "roles": tuple(Role),
        "rights": tuple(Right),
        "reasons": REASONS,
        "at_path": person_at(account.login).removesuffix("/page"),
        "done": done if done in _DONE else "",
    }
    return Show("people/person.html", facts)


PAGES: Final = (
    WebPage("GET", PERSON, person, roles=ADMINS),
    WebPage("GET", PERSON_TOO, person, roles=ADMINS),
)
