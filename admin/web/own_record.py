"""What was done with one's own account, on a page of its own: asking for it is a record itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Answer, Part, Show, Visit, WebPage
from admin.web.words_record import WORDED
from proxyd.service.audit.own_account import OwnRecord


async def facts(_visit: Visit) -> Mapping[str, object]:
    return {}


async def record(visit: Visit) -> Answer:
    found = await visit.services.own_account.records(by=visit.actor)
    return Show("record.html", {"records": [(one, told(one)) for one in found]})


def told(record: OwnRecord) -> tuple[str, dict[str, object]]:
    """The key of its sentence, and what is put in."""
    if record.what not in WORDED:
        return "did.other", {"what": record.what}
    wanted = WORDED[record.what]
    facts: dict[str, object] = {n: _shown(record.facts[n]) for n in wanted if n in record.facts}
    if len(facts) < len(wanted):
        return "did.other", {"what": record.what}
    return f"did.{record.what}", facts


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {right}" for name, right in value.items()) or "–"
    return str(value)


PART: Final = Part("me_record.html", facts)
PAGES: Final = (WebPage("GET", "/me/record", record),)
