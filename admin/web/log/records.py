"""One record of the access log: all that it has, its neighbours, its place in the chain, its
proof.
"""

from __future__ import annotations

import json
from typing import Final

from admin.web.log.questions import PATH, READERS, number_of
from admin.web.log.rows import row_of, what_of
from admin.web.page import Answer, Download, Show, Visit, WebPage
from admin.web.words import said
from proxyd.domain.errors import NotFound, TooOften
from proxyd.domain.log_question import OUTCOMES
from proxyd.domain.machine_zone import machine_zone
from proxyd.service.audit.export import as_values

_MONO: Final = frozenset({"message_id", "subject_digest", "address", "session", "detail", "chain"})


async def record(visit: Visit) -> Answer:
    number = _asked(visit)
    asking = visit.services.asking
    try:
        seen = await asking.record(number, by=visit.actor, role=visit.account.role)
    except TooOften as error:
        problem = ("main", "log.too-often", {"seconds": error.pause_s})
        facts = {"number": number, "seen": None, "problems": [problem]}
        return Show("log/record.html", {**facts, "followed": asking.followed}, 429)
    values = as_values(seen.stored, machine_zone())
    values["action"] = f"{what_of(visit.language, seen.stored)} ({seen.stored.record.action})"
    outcome = seen.stored.record.outcome
    if outcome in OUTCOMES:
        values["outcome"] = f"{said(visit.language, f'log.outcome.{outcome}')} ({outcome})"
    detail = seen.stored.record.detail
    values["detail"] = json.dumps(dict(detail), ensure_ascii=False, indent=1) if detail else ""
    around = (*seen.after, seen.stored, *seen.before)
    return Show(
        "log/record.html",
        {
            "number": number,
            "seen": seen,
            "fields": [(name, value, name in _MONO) for name, value in values.items() if value],
            "rows": [row_of(visit.language, one) for one in around],
            "followed": asking.followed,
        },
    )


async def proof(visit: Visit) -> Answer:
    number = _asked(visit)
    try:
        told = await visit.services.asking.proof(number, by=visit.actor, role=visit.account.role)
    except TooOften:
        return await record(visit)
    return Download(f"access-log-{number}-proof.json", "application/json", told)


def _asked(visit: Visit) -> int:
    """Raises NotFound."""
    number = number_of(visit.path["number"])
    if number is None:
        raise NotFound("record", visit.path["number"])
    return number


PAGES: Final = (
    WebPage("GET", f"{PATH}/{{number}}", record, roles=READERS),
    WebPage("POST", f"{PATH}/{{number}}/proof", proof, roles=READERS),
)
