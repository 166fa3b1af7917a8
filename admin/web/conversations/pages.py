"""The list of conversations, one with its history, and handing it on."""

from __future__ import annotations

from functools import partial
from typing import Final

from admin.web.conversations.asked import AGES, FIELDS, NOBODY, asked_of, path_of
from admin.web.conversations.history_told import told, who
from admin.web.durations import duration
from admin.web.page import Answer, Go, Show, ShowAgain, Typed, Visit, WebPage
from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.types import Role
from proxyd.domain.workflow import StatusSet
from proxyd.service.overview.worklist import ANY, ListAsked, ListPage

LIST: Final = "/conversations"
ONE: Final = "/conversations/{number}"
_WORKERS: Final = frozenset({Role.STAFF, Role.ADMIN})
_DIGITS: Final = 18  # of a 64-bit number, all of which are fine
_LOGIN: Final = 64
_MARKS: Final = {"checking": "◐", "hold": "▮"}


async def conversations(visit: Visit) -> Answer:
    """Raises NotFound for a mailbox that is not theirs."""
    asked, problems = asked_of(visit.query)
    try:
        page = await visit.services.work.list.page(visit.account, asked, by=visit.actor)
    except BadInput:
        problems = [*problems, ("status", "conversations.bad-status")]
        asked = ListAsked(asked.mailbox)
        page = await visit.services.work.list.page(visit.account, asked, by=visit.actor)
    if asked.assignee and asked.assignee not in {one.login for one in page.people}:
        problems = [*problems, ("assignee", "conversations.bad-person")]
    statuses = visit.services.work.statuses
    facts = {
        "page": page,
        "asked": {name: visit.query.get(name, "") for name in FIELDS},
        "narrowed": any(visit.query.get(name) for name in FIELDS),
        "statuses": [(word.key, word.label(visit.language)) for word in statuses.words],
        "status": partial(_status, visit.language, statuses),
        "lasting": partial(duration, visit.language),
        "now_us": visit.services.sessions.clock(),
        "ages": AGES,
        "any_status": ANY,
        "nobody": NOBODY,
        "newer_path": _beside(visit, page, newer=True),
        "older_path": _beside(visit, page, newer=False),
        "problems": problems,
    }
    return Show("conversations/list.html", facts, 422 if problems else 200)


def _beside(visit: Visit, page: ListPage, *, newer: bool) -> str:
    """ "" where there is none on that side."""
    if not page.rows or not (page.newer if newer else page.older):
        return ""
    return path_of(visit.query, page.rows[0 if newer else -1], newer=newer)


def _status(language: str, statuses: StatusSet, key: str) -> str:
    """With its mark, which tells it without colour. What is not configured any more, by its key."""
    word = next((one.label(language) for one in statuses.words if one.key == key), key)
    if key == statuses.answered:
        return f"✓ {word}"
    return f"{_MARKS.get(key, '○')} {word}"


async def conversation(visit: Visit) -> Answer:
    """Raises NotFound for what is not theirs, and for what there never was."""
    before = visit.query.get("before", "")
    story = await visit.services.work.stories.of(
        visit.account,
        _number(visit),
        by=visit.actor,
        before=int(before) if _is_number(before) else None,
    )
    status = partial(_status, visit.language, visit.services.work.statuses)
    done = visit.query.get("done", "") if visit.same_origin else ""
    facts = {
        "story": story,
        "lines": [
            (one, who(visit.language, one.record), told(visit.language, one.record, status))
            for one in story.records
        ],
        "status": status,
        "lasting": partial(duration, visit.language),
        "now_us": visit.services.sessions.clock(),
        "handed": done == "handed",
    }
    return Show("conversations/one.html", facts)


async def hand_over(visit: Visit) -> Answer:
    """Raises NotFound where it is not theirs to hand on, Busy where nobody serves the mailbox."""
    number = _number(visit)
    work = visit.services.work.list
    if "to" not in visit.form:  # nobody is chosen, too
        return ShowAgain(ONE, (("to", "conversation.bad-heir"),))
    try:
        await work.hand_over(visit.account, number, visit.typed("to"), by=visit.actor)
    except BadInput:
        return ShowAgain(ONE, (("to", "conversation.bad-heir"),))
    return Go(f"{LIST}/{number}?done=handed")


def _number(visit: Visit) -> int:
    text = visit.path["number"]
    if not _is_number(text):
        raise NotFound("conversation", text)
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


PAGES: Final = (
    WebPage("GET", LIST, conversations, roles=_WORKERS),
    WebPage("GET", ONE, conversation, roles=_WORKERS),
    WebPage("POST", f"{ONE}/hand-over", hand_over, roles=_WORKERS, form=(Typed("to", _LOGIN),)),
)
