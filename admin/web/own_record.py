"""What was done with one's own account, on a page of its own: asking for it is a record itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Answer, Part, Show, Visit, WebPage
from admin.web.words import said
from admin.web.words_record import RECORD, WORDED
from proxyd.service.audit.own_account import OwnRecord

MOST: Final = 25  # of each kind: a page that is read, not searched


async def facts(_visit: Visit) -> Mapping[str, object]:
    return {}


async def record(visit: Visit) -> Answer:
    found = await visit.services.own_account.records(by=visit.actor, most=MOST)
    told_each = [(one, told(visit.language, one)) for one in found]
    return Show("record.html", {"records": told_each, "most": MOST})


def told(language: str, record: OwnRecord) -> tuple[str, dict[str, object]]:
    """The key of its sentence, and what is put in."""
    return _sentence(language, record.what, record.facts)


def told_act(language: str, what: str, facts: Mapping[str, object]) -> str:
    """The sentence of what was done to somebody's account, with what its record has."""
    key, shown = _sentence(language, what, facts)
    return said(language, key, **shown)


def _sentence(
    language: str, what: str, given: Mapping[str, object]
) -> tuple[str, dict[str, object]]:
    if what not in WORDED:
        return "did.other", {"what": what}
    wanted = WORDED[what]
    facts: dict[str, object] = {
        name: _shown(language, given[name]) for name in wanted if name in given
    }
    if len(facts) < len(wanted):
        return "did.other", {"what": what}
    return f"did.{what}", facts


def _shown(language: str, value: object) -> str:
    """Rights, roles and factors in words; a mailbox's or a device's name as it is."""
    if isinstance(value, Mapping):
        rights = (f"{name} ({_shown(language, right)})" for name, right in value.items())
        return ", ".join(rights) or "–"
    key = f"word.{value}"
    return said(language, key) if key in RECORD else str(value)


PART: Final = Part("me_record.html", facts)
PAGES: Final = (WebPage("GET", "/me/record", record),)
