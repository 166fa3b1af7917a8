"""Somebody leaves, in one step: what is in their hands, shut out and handed over, and back."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from admin.api.model import Model
from admin.api.people import GivenPassword, PersonWithPassword, with_password
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.service.admin.leaving import Heirs

Colleague = Annotated[str, Field(max_length=63)]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]


class InHand(Model):
    """A conversation, and who has it; "" is nobody."""

    number: int
    mailbox: str
    status: str
    assignee: str


class InTheirHands(Model):
    """``conversations``: that are not done. ``sessions``: open ones, for mail. ``rules``: by
    mailbox, those that give mail to them.
    """

    conversations: list[InHand]
    waiting_mails: int
    drafts: dict[str, int]
    rules: dict[str, list[str]]
    sessions: int


class HandOver(Model):
    """Logins; "" is nobody. ``conversations``: single ones, by number, to others than ``to``."""

    to: Colleague = ""
    conversations: dict[Number, Colleague] = Field(max_length=1000, default_factory=dict)


class HandedOver(Model):
    """``already``: there was nothing left to do. ``away``: who takes over and is not there."""

    conversations: list[InHand]
    revoked: dict[str, int]
    away: list[str]
    already: bool


async def belongings(call: Call) -> Answer:
    leaving = call.services.leaving(call.store)
    had = await leaving.belongings(call.path["login"], Heirs(), by=call.actor)
    return Reply(
        InTheirHands(
            conversations=[
                InHand(
                    number=row.number,
                    mailbox=row.mailbox,
                    status=row.status,
                    assignee=row.assignee,
                )
                for row in had.conversations
            ],
            waiting_mails=len(had.waiting),
            drafts=dict(had.replying),
            rules={mailbox: list(names) for mailbox, names in had.rules.items()},
            sessions=had.sessions,
        )
    )


async def leave(call: Call) -> Answer:
    to = call.given(HandOver)
    single = {int(number): heir.lower() for number, heir in to.conversations.items()}
    heirs = Heirs(to.to.strip().lower(), single)
    done = await call.services.leaving(call.store).leave(call.path["login"], heirs, by=call.actor)
    handed = [
        InHand(number=row.number, mailbox=row.mailbox, status=row.status, assignee=heir)
        for row, heir in done.handed
    ]
    return Reply(
        HandedOver(
            conversations=handed,
            revoked=dict(done.revoked),
            away=list(done.away),
            already=done.again,
        )
    )


async def come_back(call: Call) -> Answer:
    given = call.given(GivenPassword).password
    leaving = call.services.leaving(call.store)
    done = await leaving.take_back(call.path["login"], by=call.actor, password=given)
    return await with_password(call, done.new, 200)


_ONE = "/people/{login}"
ROUTES: Final = (
    ApiRoute(
        *("GET", f"{_ONE}/belongings", ApiScope.PEOPLE_READ, "What is in their hands."),
        *(belongings, InTheirHands),
        question=True,
    ),
    ApiRoute(
        *("POST", f"{_ONE}/leave", ApiScope.PEOPLE_WRITE),
        *("Shut out at every door, and their work handed over.", leave, HandedOver),
        body=HandOver,
    ),
    ApiRoute(
        *("POST", f"{_ONE}/return", ApiScope.PEOPLE_WRITE),
        *("Who has left works here again, with a new password.", come_back, PersonWithPassword),
        body=GivenPassword,
    ),
)
