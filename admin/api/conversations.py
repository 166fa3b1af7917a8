"""Conversations: number, status, people, times; never a customer, a subject or a text. Their
history is for who has a grant on the mailbox, and so is changing them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from admin.api.model import USUAL_ITEMS, ItemPage, Model, Moment, Typed, maybe_moment, moment
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.errors import NotFound
from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.service.audit.conversation_access import ConversationsAsked

MOST_CONVERSATIONS: Final = 1_000
_HIGHEST: Final = 2**63 - 1


class OneConversation(Model):
    """``assignee`` "": nobody. ``waits_since``: somebody outside waits for us since then."""

    number: int
    mailbox: str
    status: str
    assignee: str
    changed: Moment
    waits_since: Moment | None
    overdue: bool
    hold_until: Moment | None


class ConversationList(ItemPage[OneConversation]):
    """By number."""


class Which(Model):
    mailbox: Typed | None = None
    status: Typed | None = None
    assignee: Annotated[str | None, Field(max_length=63, description='"": nobody.')] = None
    after: Annotated[int, Field(ge=0, le=_HIGHEST)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_CONVERSATIONS)] = USUAL_ITEMS


class ConversationEvent(Model):
    number: int
    at: Moment
    action: str
    outcome: str
    actor: str
    message_id: str
    door: str
    address: str
    client: str
    detail: dict[str, Any]


class HistoryOf(Model):
    """``numbers``: the present one first, then those that it has swallowed. ``complete`` false:
    there is more than could be read.
    """

    numbers: list[int]
    messages: list[str]
    events: list[ConversationEvent]
    complete: bool


class NewStatus(Model):
    """``until``: of one on hold; in words such as "tomorrow", "monday", "next-week"; "": not by
    itself.
    """

    status: Typed
    until: Typed = ""


class NewAssignee(Model):
    """ "": to nobody."""

    login: Annotated[str, Field(max_length=63)]


def _shown(row: ConversationRow) -> OneConversation:
    return OneConversation(
        number=row.number,
        mailbox=row.mailbox,
        status=row.status,
        assignee=row.assignee,
        changed=moment(row.changed_us),
        waits_since=maybe_moment(row.waits_us),
        overdue=row.overdue,
        hold_until=maybe_moment(row.until_us),
    )


def _event(stored: StoredRecord) -> ConversationEvent:
    record = stored.record
    return ConversationEvent(
        number=stored.number,
        at=moment(stored.at_us),
        action=record.action,
        outcome=record.outcome,
        actor=record.actor,
        message_id=record.message_id,
        door=record.origin.door,
        address=record.origin.address,
        client=record.origin.client,
        detail=dict(record.detail),
    )


def _number(call: Call) -> int:
    """Raises NotFound."""
    number = call.path["number"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise NotFound("conversation", number)
    return int(number)


async def all_(call: Call) -> Answer:
    which = call.asked(Which)
    asked = ConversationsAsked(**{**which.model_dump(), "limit": which.limit + 1})
    found = await call.services.conversations.all(call.account, asked, by=call.actor)
    page = found[: which.limit]
    after = str(page[-1].number) if len(found) > len(page) else None
    return Reply(ConversationList(items=[_shown(row) for row in page], next=after))


async def one(call: Call) -> Answer:
    return Reply(_shown(await call.services.conversations.one(call.account, _number(call))))


async def history(call: Call) -> Answer:
    found = await call.services.conversations.history(call.account, _number(call), by=call.actor)
    return Reply(
        HistoryOf(
            numbers=list(found.numbers),
            messages=list(found.message_ids),
            events=[_event(stored) for stored in found.records],
            complete=not found.cut,
        )
    )


async def set_status(call: Call) -> Answer:
    new, number = call.given(NewStatus), _number(call)
    await call.services.wishes.set_status(
        call.account, number, new.status, new.until, call.actor.origin
    )
    return await one(call)


async def assign(call: Call) -> Answer:
    login = call.given(NewAssignee).login.strip().lower()
    await call.services.wishes.assign(call.account, _number(call), login, call.actor.origin)
    return await one(call)


_READ, _WRITE = ApiScope.CONVERSATIONS_READ, ApiScope.CONVERSATIONS_WRITE
_ONE = "/conversations/{number}"
ROUTES: Final = (
    ApiRoute(
        *("GET", "/conversations", _READ, "What is worked at, by number.", all_, ConversationList),
        query=Which,
        question=True,
    ),
    ApiRoute("GET", _ONE, _READ, "One conversation.", one, OneConversation),
    ApiRoute(
        *("GET", f"{_ONE}/history", _READ, "Who did what with it, for who has the mailbox."),
        *(history, HistoryOf),
        question=True,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/status", _WRITE, "Set the status.", set_status, OneConversation),
        body=NewStatus,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/assignee", _WRITE, "Give it to somebody.", assign, OneConversation),
        body=NewAssignee,
    ),
)
