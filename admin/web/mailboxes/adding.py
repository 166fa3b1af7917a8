"""One more shared mailbox: what is typed of it, tried before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.mailboxes.common import ADD, asks_who, for_admins, path_of, services_of
from admin.web.mailboxes.refusals import problems_of
from admin.web.mailboxes.typed_servers import FIELDS, SECURITIES, wishes_of
from admin.web.page import Answer, Go, Show, ShowAgain, Typed, Visit
from proxyd.domain.errors import AlreadyExists, BadInput
from proxyd.domain.types import Server
from proxyd.service.admin.mailbox_admin import PASSWORD_LIMIT
from proxyd.service.admin.mailbox_input import LANGUAGES
from proxyd.service.admin.mailbox_probing import MailboxTry, Purpose

_A_PAGE: Final = "add"  # a mailbox called so would have no page of its own
_ZONES: Final = {"en": "", "ja": "Asia/Tokyo"}


async def form(visit: Visit) -> Answer:
    """``from``: a try of one's own, whose servers and names are there once more."""
    again = services_of(visit).probing.of(visit.query.get("from", ""), visit.actor)
    typed: Mapping[str, str] = {"language": visit.language, "zone": _ZONES[visit.language]}
    if again is not None and again.purpose is Purpose.ADD:
        typed = _as_typed(again)
    choices = {"securities": SECURITIES, "languages": LANGUAGES, "asks_who": asks_who(visit)}
    return Show("mailboxes/add.html", {"typed": typed, **choices})


async def add(visit: Visit) -> Answer:
    if "address" not in visit.form:  # who it is was shown, and nothing typed yet
        return Go(ADD)
    name = visit.typed("name").strip() or visit.typed("address").strip().partition("@")[0]
    if name.lower() == _A_PAGE:
        return ShowAgain(ADD, (("name", "mailbox-wrong.name"),))
    try:
        tried = await services_of(visit).probing.add(
            name,
            wishes_of(visit.form),
            visit.typed("password"),
            by=visit.actor,
            zone=visit.typed("zone").strip(),
        )
    except (BadInput, AlreadyExists) as error:
        return ShowAgain(ADD, problems_of(error, "name"))
    return Go(path_of(tried.name, "test"))


def _as_typed(again: MailboxTry) -> dict[str, str]:
    mailbox = again.mailbox
    return {
        "name": mailbox.name,
        "address": mailbox.address,
        "language": mailbox.language,
        "zone": again.zone,
        "user": mailbox.imap.user,
        "smtp_user": "" if mailbox.smtp.user == mailbox.imap.user else mailbox.smtp.user,
        **_server("imap", mailbox.imap),
        **_server("smtp", mailbox.smtp),
    }


def _server(door: str, server: Server) -> dict[str, str]:
    return {
        f"{door}_host": server.host,
        f"{door}_port": str(server.port),
        f"{door}_security": server.security,
    }


PAGES: Final = (
    for_admins("GET", ADD, form),
    for_admins(
        "POST",
        ADD,
        add,
        Typed("name"),
        Typed("address", 320),
        Typed("password", PASSWORD_LIMIT * 2, secret=True),
        *FIELDS,
        Typed("language", 8),
        Typed("zone"),
        step_up=True,
    ),
)
