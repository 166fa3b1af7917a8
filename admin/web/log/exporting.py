"""Exports of the access log: asking for one, the list with how far each is, the file."""

from __future__ import annotations

from typing import Final

from admin.web.log.questions import PATH, READERS, SUBJECT_LIMIT, number_of
from admin.web.page import Answer, Download, Go, Show, ShowAgain, Typed, Visit, WebPage
from proxyd.domain.errors import ExportsUnderWay, NotFound
from proxyd.domain.log_period import AskedPeriod
from proxyd.domain.log_question import LINE_LIMIT, BadQuestion, parsed
from proxyd.service.audit.export import FileKind, iso_time

EXPORTS: Final = f"{PATH}/exports"
_DIGITS: Final = 18
_KINDS: Final = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.JSONL: "application/jsonl; charset=utf-8",
}
_DONE: Final = ("begun", "removed")


async def exports(visit: Visit) -> Answer:
    found = await visit.services.exports.of(visit.account)
    done = visit.query.get("done", "") if visit.same_origin else ""
    facts = {
        "exports": [(one, progress, _size(one.octets)) for one, progress in found],
        "is_writing": any(progress for _, progress in found),
        "done": done if done in _DONE else "",
        "followed": visit.services.asking.followed,
    }
    return Show("log/exports.html", facts)


async def begin(visit: Visit) -> Answer:
    """What the screen had: its question, its moment, its last record."""
    since, until, last = (number_of(visit.typed(n)) for n in ("since_us", "until_us", "last"))
    if until is None or last is None or visit.typed("kind") not in tuple(FileKind):
        return ShowAgain(EXPORTS, (("exports", "exports.lost"),))
    try:
        await visit.services.exports.begin(
            parsed(visit.typed("q")),
            AskedPeriod(since or 0, until),
            last,
            FileKind(visit.typed("kind")),
            account=visit.account,
            by=visit.actor,
            subject=visit.typed("subject"),
        )
    except ExportsUnderWay as error:
        return ShowAgain(EXPORTS, (("exports", "exports.two", {"most": error.most}),))
    except BadQuestion:
        return ShowAgain(EXPORTS, (("exports", "exports.lost"),))
    return Go(f"{EXPORTS}?done=begun")


async def fetch(visit: Visit) -> Answer:
    number = _number(visit.path["number"])
    export, pieces = await visit.services.exports.fetch(
        number, account=visit.account, by=visit.actor
    )
    moment = iso_time(export.created_us)[:19].replace(":", "").replace("-", "")
    return Download(f"access-log-{moment}Z.{export.kind}", _KINDS[FileKind(export.kind)], pieces)


async def remove(visit: Visit) -> Answer:
    number = _number(visit.typed("number"))
    await visit.services.exports.remove(number, account=visit.account, by=visit.actor)
    return Go(f"{EXPORTS}?done=removed")


def _number(text: str) -> int:
    """Raises NotFound."""
    number = number_of(text)
    if number is None:
        raise NotFound("export", text)
    return number


def _size(octets: int) -> str:
    size, unit = float(octets), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


PAGES: Final = (
    WebPage("GET", EXPORTS, exports, roles=READERS, scripts=("exports.js",)),
    WebPage(
        "POST",
        EXPORTS,
        begin,
        roles=READERS,
        step_up=True,
        form=(
            Typed("q", LINE_LIMIT),
            Typed("subject", SUBJECT_LIMIT),
            Typed("since_us", _DIGITS),
            Typed("until_us", _DIGITS),
            Typed("last", _DIGITS),
            Typed("kind", 8),
        ),
    ),
    WebPage("POST", f"{EXPORTS}/remove", remove, roles=READERS, form=(Typed("number", _DIGITS),)),
    WebPage("GET", f"{EXPORTS}/{{number}}", fetch, roles=READERS),
)
