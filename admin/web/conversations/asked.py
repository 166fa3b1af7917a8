"""What somebody asks the list for, from the address to the service and back. Pure.

The address is the question: it can be kept and sent on, and holds no word of a mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from proxyd.domain.ports.conversations import ConversationRow, Place
from proxyd.service.overview.worklist import ListAsked

AGES: Final = (1, 3, 7, 30)  # days
NOBODY: Final = "-"  # no login is that; "" is anybody
_DAY_US: Final = 86_400_000_000
_PLACE: Final = re.compile(r"(newer|older)-(\d{1,18})-(\d{1,18})", re.ASCII)


def asked_of(query: Mapping[str, str]) -> tuple[ListAsked, list[tuple[str, str]]]:
    """And what of it could not be read: field and key of the sentence."""
    problems = []
    beyond, newer = None, False
    if text := query.get("at", ""):
        found = _PLACE.fullmatch(text)
        if found is None:
            problems.append(("status", "conversations.bad-place"))
        else:
            beyond, newer = (int(found[2]), int(found[3])), found[1] == "newer"
    older = query.get("older", "")
    days = int(older) if older in {str(age) for age in AGES} else 0
    assignee = query.get("assignee", "").strip().lower()
    return ListAsked(
        query.get("mailbox", "") or None,
        query.get("status", ""),
        {"": None, NOBODY: ""}.get(assignee, assignee),
        days * _DAY_US,
        query.get("overdue") == "on",
        beyond,
        newer,
    ), problems


def path_of(query: Mapping[str, str], row: ConversationRow, *, newer: bool) -> str:
    """Of the page that goes on from ``row``."""
    place: Place = (row.changed_us, row.number)
    kept = {name: query[name] for name in FIELDS if query.get(name)}
    at = f"{'newer' if newer else 'older'}-{place[0]}-{place[1]}"
    return "/conversations?" + urlencode({**kept, "at": at})


FIELDS: Final = ("mailbox", "status", "assignee", "older", "overdue")
