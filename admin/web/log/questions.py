"""The page of questions to the access log: a line and a form, which are two views of one question.

One press of Search is one question, and one record. The subject of a mail is asked for by POST: an
address of a page ends up in other servers' logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from admin.web.log.rows import row_of
from admin.web.page import Answer, Go, Problem, Show, Typed, Visit, WebPage
from admin.web.words import said
from proxyd.domain.errors import TooOften
from proxyd.domain.log_question import (
    KEYS,
    LINE_LIMIT,
    BadQuestion,
    LogQuestion,
    Slip,
    asked,
    fields_of,
    parsed,
    written,
)
from proxyd.domain.types import Role
from proxyd.service.audit.asking import LogAnswer
from proxyd.service.audit.log_part import part_of

PATH: Final = "/log"
READERS: Final = frozenset({Role.ADMIN, Role.AUDITOR})
SUBJECT_LIMIT: Final = 998  # characters: a line of a mail has no more (RFC 5322 §2.1.1)
_DIGITS: Final = 18
# Name of each and its question.
_PRESETS: Final[tuple[tuple[str, str, frozenset[Role]], ...]] = (
    ("log.preset.failed", "action:login outcome:refused", READERS),
    ("log.preset.override", "action:override since:30d", frozenset({Role.AUDITOR})),
    ("log.preset.admin", "action:admin since:30d", READERS),
    ("log.preset.audit", "action:audit since:30d", frozenset({Role.AUDITOR})),
)


async def log(visit: Visit) -> Answer:
    """Fields of the form become the line; the line is answered."""
    typed = {key: text for key in KEYS if (text := visit.query.get(key)) is not None}
    if typed:
        try:
            line = written(asked(typed))
        except BadQuestion as error:
            problem = problem_of(error, f"field-{error.key}")
            return _page(visit, "", typed, problems=[problem])
        return Go(f"{PATH}?{urlencode({'q': line})}" if line else PATH)
    return await _answered(visit, visit.query.get("q", ""), visit.query)


async def subject(visit: Visit) -> Answer:
    """The same by POST, for a subject."""
    return await _answered(visit, visit.typed("q"), visit.form, visit.typed("subject").strip())


async def _answered(visit: Visit, line: str, place: Mapping[str, str], subject: str = "") -> Answer:
    question = LogQuestion()
    try:
        question = parsed(line)
        answer = await visit.services.asking.ask(
            question,
            by=visit.actor,
            role=visit.account.role,
            subject=subject,
            before=number_of(place.get("before", "")),
            after=number_of(place.get("after", "")),
        )
    except BadQuestion as error:
        problems = [problem_of(error, "q")]
        return _page(visit, line, fields_of(question), problems=problems, subject=subject)
    except TooOften as error:
        problem = ("q", "log.too-often", {"seconds": error.pause_s})
        fields = fields_of(question)
        return _page(visit, line, fields, problems=[problem], status=429, subject=subject)
    return _page(visit, written(question), fields_of(question), answer, subject=subject)


def _page(
    visit: Visit,
    line: str,
    fields: Mapping[str, str],
    answer: LogAnswer | None = None,
    *,
    problems: list[Problem] | None = None,
    status: int = 422,
    subject: str = "",
) -> Show:
    role, part = visit.account.role, part_of(visit.account.role)
    facts: dict[str, object] = {
        "line": line,
        "line_limit": LINE_LIMIT,
        "fields": fields,
        "keys": part.keys,
        "actions": [(one, said(visit.language, f"action.{one}")) for one in part.actions],
        "presets": [(word, preset_path(q)) for word, q, roles in _PRESETS if role in roles],
        "may_ask_subjects": not part.accounts_only,
        "subject": subject,
        "subject_limit": SUBJECT_LIMIT,
        "answer": answer,
        "rows": [row_of(visit.language, one) for one in answer.records] if answer else [],
        "followed": visit.services.asking.followed,
        "older": _step(line, "before", answer.older if answer else None),
        "newer": _step(line, "after", answer.newer if answer else None),
    }
    if problems:
        return Show("log/log.html", {**facts, "problems": problems}, status)
    return Show("log/log.html", facts)


def preset_path(line: str) -> str:
    return f"{PATH}?{urlencode({'q': line})}"


def _step(line: str, name: str, number: int | None) -> tuple[str, str, int] | None:
    """Address of the page, and the field that says it where the question goes by POST."""
    if number is None:
        return None
    return f"{PATH}?{urlencode({'q': line, name: number})}", name, number


def problem_of(error: BadQuestion, field: str) -> Problem:
    if error.near:
        return field, "slip.near", {"word": error.word, "near": error.near}
    facts = {} if error.slip in (Slip.ORDER, Slip.LONG) else {"word": error.word}
    return field, f"slip.{error.slip}", facts


def number_of(text: str) -> int | None:
    """None for what is no number of a record."""
    plain = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if plain and int(text) > 0 else None


PAGES: Final = (
    WebPage("GET", PATH, log, roles=READERS),
    WebPage(
        "POST",
        f"{PATH}/subject",
        subject,
        roles=READERS,
        form=(
            Typed("subject", SUBJECT_LIMIT),
            Typed("q", LINE_LIMIT),
            Typed("before", _DIGITS),
            Typed("after", _DIGITS),
        ),
    ),
)
