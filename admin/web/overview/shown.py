"""The overview in words: the same for the page and for what it hears while it is open.

Each value has a key, which is that of its place on the page; so a page without script is complete,
and what is heard later only replaces a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from admin.web.charts import ColumnChart, columns
from admin.web.durations import duration
from admin.web.pages import local_time
from admin.web.words import said
from proxyd.domain.types import Role
from proxyd.service.overview.overview import LogNow, MailboxNow, Seen
from proxyd.service.overview.provider_now import Ailment

_HOURS: Final = tuple(f"{hour}" for hour in range(24))
_URGENT: Final = (Ailment.REFUSED, Ailment.DOWN, Ailment.INBOX, Ailment.LEAVING)
_NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first thing that is wrong; ``path``: where something can be done, "" where nowhere;
    ``link``: what is done there.
    """

    text: str = ""
    path: str = ""
    link: str = ""


def values(language: str, seen: Seen) -> dict[str, str]:
    """By the key of its place."""
    found: dict[str, str] = {"at": clock(language, seen.at_us)}
    for one in seen.mailboxes:
        found |= _mailbox(language, one, seen.at_us)
    found["answered"] = said(language, "overview.answers", count=seen.answered)
    found["median"] = _NOTHING if seen.median_us is None else duration(language, seen.median_us)
    for hour, count in enumerate(seen.arrivals):
        found[f"hour-{hour}"] = str(count)
    if seen.alarms is not None:
        found["alarms"] = said(language, "overview.alarm-count", count=seen.alarms)
    if seen.log is not None:
        found["log"] = _log(language, seen.log)
    return found


def _mailbox(language: str, one: MailboxNow, now_us: int) -> dict[str, str]:
    begins = f"m{one.mailbox.id}"
    oldest = _NOTHING if one.oldest_us is None else duration(language, now_us - one.oldest_us)
    return {
        f"{begins}-open": str(one.open),
        f"{begins}-working": str(one.working),
        f"{begins}-overdue": str(one.overdue),
        f"{begins}-oldest": oldest,
        f"{begins}-provider": _provider(language, one, now_us),
        f"{begins}-connections": _connections(language, one),
    }


def _provider(language: str, one: MailboxNow, now_us: int) -> str:
    provider = one.provider
    if provider is None:
        return said(language, "provider.none")
    at_us = now_us if provider.up else provider.since_us
    return said(language, f"provider.{provider.ailment}", time=clock(language, at_us))


def _connections(language: str, one: MailboxNow) -> str:
    if one.provider is None:
        return _NOTHING
    used, allowed = one.provider.connections, one.provider.allowed
    return said(language, "overview.of", used=used, allowed=allowed)


def _log(language: str, log: LogNow) -> str:
    if log.tampered:
        return said(language, "overview.tampered")
    if log.anchored_us is None:
        return said(language, "overview.not-anchored")
    return said(language, "overview.anchored", time=clock(language, log.anchored_us))


def first_wrong(language: str, role: Role, seen: Seen) -> Wrong:
    """A provider before what is late, and the log before both. A link only for who can mend it."""
    if seen.log is not None and seen.log.tampered:
        return Wrong(said(language, "wrong.tampered"))
    for ailment in _URGENT:
        for one in seen.mailboxes:
            if one.provider is not None and one.provider.ailment is ailment:
                text = said(language, f"wrong.{ailment}", mailbox=one.mailbox.name)
                path = _remedy(role, ailment, one.mailbox.name)
                return Wrong(text, path, said(language, "overview.repair"))
    late = max(seen.mailboxes, key=lambda one: one.overdue, default=None)
    if late is None or not late.overdue:
        return Wrong()
    text = said(language, "wrong.overdue", mailbox=late.mailbox.name, count=late.overdue)
    path = f"/conversations?mailbox={quote(late.mailbox.name, safe='')}&overdue=on"
    return Wrong(text, path, said(language, "overview.see"))


def _remedy(role: Role, ailment: Ailment, mailbox: str) -> str:
    if role is not Role.ADMIN:
        return ""
    return f"/mailboxes/{quote(mailbox, safe='')}/password" if ailment is Ailment.REFUSED else ""


def shape(seen: Seen) -> str:
    """Differs where the page has other rows."""
    ids = ",".join(str(one.mailbox.id) for one in seen.mailboxes)
    return f"{ids};{seen.alarms is not None}"


def arrivals_chart(arrivals: Sequence[int]) -> ColumnChart:
    return columns(arrivals, _HOURS)


def clock(language: str, at_us: int) -> str:
    """The time of the day, as the page's other times."""
    return local_time(language, at_us).rpartition(" ")[2]
