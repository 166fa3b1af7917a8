"""What each page about one shared mailbox needs: its address, and the mailbox of that name."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from admin.web.page import FORM_OCTETS, Handler, Typed, Visit, WebPage
from admin.web.services import MailboxServices
from proxyd.domain.types import Role, SharedMailbox

MAILBOXES: Final = "/mailboxes"
ONE: Final = f"{MAILBOXES}/{{name}}"
ADD: Final = f"{MAILBOXES}/add"


def path_of(name: str, *parts: str) -> str:
    """A name may have any letters in it, and spaces."""
    return "/".join((MAILBOXES, quote(name, safe=""), *parts))


def services_of(visit: Visit) -> MailboxServices:
    return visit.services.mailboxes


async def mailbox_of(visit: Visit) -> SharedMailbox:
    """Raises NotFound."""
    return await services_of(visit).admin.find(visit.path["name"])


def facts_of_one(mailbox: SharedMailbox) -> dict[str, object]:
    return {"mailbox": mailbox, "base": path_of(mailbox.name)}


def asks_who(visit: Visit) -> bool:
    """Whether a form with a secret in it has to ask at once who it is: what is secret would not
    survive a page in between.
    """
    assert visit.session is not None
    return not visit.session.is_fresh(visit.services.sessions.clock())


def done_of(visit: Visit, *known: str) -> str:
    """What was just done, told only where a page of ours led here."""
    done = visit.query.get("done", "") if visit.same_origin else ""
    return done if done in known else ""


def for_admins(
    method: str,
    path: str,
    handler: Handler,
    *form: Typed,
    step_up: bool = False,
    most_octets: int = FORM_OCTETS,
) -> WebPage:
    return WebPage(
        method,
        path,
        handler,
        roles=frozenset({Role.ADMIN}),
        step_up=step_up,
        form=form,
        most_octets=most_octets,
    )
