"""Shared mailboxes: which there are, added, changed and removed. Policy and rules have their own
files. The provider's password comes in, and never goes out.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

from pydantic import Field

from admin.api.model import ItemPage, Model, Paged, SecretText, Typed
from admin.api.paging import page_of
from admin.api.route import PREFIX, Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.types import SeenMode, SharedMailbox
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES, url_of

Language = Annotated[str, Field(pattern="^(en|ja)$")]
Address = Annotated[str, Field(max_length=254)]
Aliases = Annotated[list[Address], Field(max_length=100)]


class Mailbox(Model):
    """``imap``, ``smtp``: as URLs, with the user who signs in there."""

    name: str
    address: str
    aliases: list[str]
    language: Language
    seen: SeenMode
    imap: str
    smtp: str


class Mailboxes(ItemPage[Mailbox]):
    pass


class NewMailbox(Model):
    """``imap`` such as "imaps://USER@HOST:993", ``smtp`` "smtps://HOST:465"."""

    name: Typed
    address: Address
    imap: Typed
    smtp: Typed
    password: SecretText = Field(repr=False)
    smtp_user: Typed | None = None
    aliases: Aliases = Field(default_factory=list)
    language: Language | None = None
    seen: SeenMode | None = None


class OtherMailbox(Model):
    """What is left out stays as it is. ``name``: a new one."""

    name: Typed | None = None
    address: Address | None = None
    imap: Typed | None = None
    smtp: Typed | None = None
    smtp_user: Typed | None = None
    aliases: Aliases | None = None
    language: Language | None = None
    seen: SeenMode | None = None


class ProviderPassword(Model):
    password: SecretText = Field(repr=False)


class Removal(Model):
    """``discard_waiting``: also where mails were accepted that have not left yet."""

    discard_waiting: bool = False


def _shown(box: SharedMailbox) -> Mailbox:
    return Mailbox(
        name=box.name,
        address=box.address,
        aliases=list(box.aliases),
        language=box.language,
        seen=box.seen,
        imap=url_of(box.imap, IMAP_SCHEMES),
        smtp=url_of(box.smtp, SMTP_SCHEMES),
    )


async def all_(call: Call) -> Answer:
    boxes = sorted(await call.services.mailboxes(call.store).all(), key=lambda box: box.name)
    page, after = page_of(boxes, lambda box: box.name, call.asked(Paged))
    return Reply(Mailboxes(items=[_shown(box) for box in page], next=after))


async def one(call: Call) -> Answer:
    return Reply(_shown(await call.services.mailboxes(call.store).find(call.path["name"])))


async def add(call: Call) -> Answer:
    new = call.given(NewMailbox)
    wishes = MailboxWishes(**new.model_dump(exclude={"name", "password"}))
    admin = call.services.mailboxes(call.store)
    box = await admin.add(new.name, wishes, new.password, by=call.actor)
    return Reply(_shown(box), 201, f"{PREFIX}/mailboxes/{quote(box.name)}")


async def change(call: Call) -> Answer:
    wishes = MailboxWishes(**call.given(OtherMailbox).model_dump())
    admin = call.services.mailboxes(call.store)
    return Reply(_shown(await admin.change(call.path["name"], wishes, by=call.actor)))


async def set_password(call: Call) -> Answer:
    password = call.given(ProviderPassword).password
    admin = call.services.mailboxes(call.store)
    wishes = MailboxWishes()
    await admin.change(call.path["name"], wishes, by=call.actor, password=password)
    return Reply()


async def remove(call: Call) -> Answer:
    discard = call.asked(Removal).discard_waiting
    admin = call.services.mailboxes(call.store)
    await admin.remove(call.path["name"], by=call.actor, discard_waiting=discard)
    return Reply()


_READ, _WRITE = ApiScope.MAILBOXES_READ, ApiScope.MAILBOXES_WRITE
_ONE = "/mailboxes/{name}"
ROUTES: Final = (
    ApiRoute(
        *("GET", "/mailboxes", _READ, "All shared mailboxes, by name.", all_, Mailboxes),
        query=Paged,
    ),
    ApiRoute(
        *("POST", "/mailboxes", _WRITE, "Add a mailbox.", add, Mailbox, 201),
        body=NewMailbox,
    ),
    ApiRoute("GET", _ONE, _READ, "One mailbox.", one, Mailbox),
    ApiRoute("PATCH", _ONE, _WRITE, "Change a mailbox.", change, Mailbox, body=OtherMailbox),
    ApiRoute(
        *("DELETE", _ONE, _WRITE, "Remove it here; at the provider all stays.", remove),
        query=Removal,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/password", _WRITE, "The provider's password, as it is now."),
        set_password,
        body=ProviderPassword,
    ),
)
