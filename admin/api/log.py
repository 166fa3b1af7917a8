"""The access log, for auditors: searched page by page, exported as a stream. Oldest first, so that
a program goes on where it ended; each question is a record itself, and is answered after that.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from admin.api.model import ItemPage, Model, Moment, Typed, When, microseconds
from admin.api.route import Answer, ApiRoute, Call, LongAnswer, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.events import Action
from proxyd.domain.machine_zone import machine_zone
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.service.audit.criteria import bare_id, logged_address, require_order
from proxyd.service.audit.export import FileKind, as_values, lines_of
from proxyd.service.audit.known import require_known

MOST_RECORDS: Final = 1_000
# Some seconds of work, and well within the time that an answer may take; who wants more goes on
# after the last one.
MOST_EXPORTED: Final = 100_000
_HIGHEST: Final = 2**63 - 1

Number = Annotated[int, Field(ge=0, le=_HIGHEST)]


class RecordedOutcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    UNSURE = "unsure"


class Record(Model):
    """``chain``: proves with the one before that nothing was altered. ``at_local``: the
    wall clock's, with its distance from UTC. ``detail``: by action."""

    number: int
    at: Moment
    at_local: str
    action: str
    outcome: str
    actor: str
    mailbox: str
    view: str
    message_id: str
    subject_digest: str
    conversation: int | None
    door: str
    address: str
    client: str
    session: str
    detail: dict[str, Any]
    chain: str


class Records(ItemPage[Record]):
    """``next``: a record's number. null: there was no more at this moment; the log goes on."""


class Criteria(Model):
    """Joined by "and". ``message``: a Message-ID; also what was done to its conversation."""

    person: Typed | None = None
    message: Annotated[str, Field(max_length=998)] | None = None
    mailbox: Typed | None = None
    action: Action | None = None
    outcome: RecordedOutcome | None = None
    address: Typed | None = None
    conversation: Annotated[int, Field(ge=1, le=_HIGHEST)] | None = None
    since: When | None = None
    until: When | None = None
    after: Annotated[Number, Field(description="Only records with a greater number.")] = 0


class Search(Criteria):
    limit: Annotated[int, Field(ge=1, le=MOST_RECORDS)] = 100


class Export(Criteria):
    limit: Annotated[int, Field(ge=1, le=MOST_EXPORTED)] = MOST_EXPORTED
    format: FileKind = FileKind.JSONL


async def search(call: Call) -> Answer:
    asked = call.asked(Search)
    query = _query(asked)
    found = await call.services.audit.search(replace(query, limit=asked.limit + 1), by=call.actor)
    if not found:
        await require_known(call.services.store, query)
    page = found[: asked.limit]
    more = str(page[-1].number) if len(found) > len(page) else None
    return Reply(Records(items=[_record(one) for one in page], next=more))


async def export(call: Call) -> Answer:
    asked = call.asked(Export)
    query = replace(_query(asked), limit=asked.limit)
    await require_known(call.services.store, query)
    records = call.services.audit.export(query, by=call.actor)
    kind = asked.format
    lines = lines_of(records, kind, machine_zone())
    return LongAnswer(lines, CSV if kind is FileKind.CSV else JSONL, f"access-log.{kind}")


def _query(asked: Criteria) -> LogQuery:
    """Raises BadInput."""
    since_us = microseconds(asked.since) if asked.since is not None else None
    until_us = microseconds(asked.until) if asked.until is not None else None
    require_order(since_us, until_us, since=str(asked.since), until=str(asked.until))
    return LogQuery(
        actor=asked.person,
        message_id=bare_id(asked.message) if asked.message is not None else None,
        mailbox=asked.mailbox,
        action=asked.action,
        outcome=asked.outcome,
        address=logged_address(asked.address) if asked.address is not None else None,
        conversation=asked.conversation,
        since_us=since_us,
        until_us=until_us,
        after_number=asked.after,
    )


def _record(stored: StoredRecord) -> Record:
    return Record.model_validate(as_values(stored, machine_zone()))


CSV: Final = "text/csv; charset=utf-8"
JSONL: Final = "application/jsonl; charset=utf-8"
_SCOPE: Final = ApiScope.LOG_READ
ROUTES: Final = (
    ApiRoute(
        *("GET", "/log", _SCOPE, "Search the access log, oldest first.", search, Records),
        query=Search,
        question=True,
    ),
    ApiRoute(
        *(
            "GET",
            "/log/export",
            _SCOPE,
            "Records as a file; the last one's number goes on.",
            export,
        ),
        query=Export,
        lines=(JSONL, CSV),
        question=True,
    ),
)
