"""Webhooks: what of a shared mailbox is told to another program, in which words, and signed. Pure.

What is told is what the access log has: a notice is made of a record and has its number, so nothing
is told that did not happen, each thing once, and in the order in which it happened. No notice names
a customer, a subject or a text, nor a Message-ID, which has the domain of who wrote: a chat is read
by more people than the mailbox.

Shape and signature are those of the Standard Webhooks specification, 1.0.0: the identifier is the
same at each try, so that who gets a notice twice can tell.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord
from proxyd.domain.workflow import Event

MOST: Final = 20  # of a mailbox
URL_LIMIT: Final = 2_000
SECRET_OCTETS: Final = 32
_PREFIX: Final = "whsec_"

# After the first failure a notice is tried again so soon, then twice as late each time.
FIRST_RETRY_S: Final = 5.0
LONGEST_RETRY_S: Final = 3_600.0
# A program that nobody has mended by then is nobody's any more.
GIVE_UP_US: Final = 5 * 86_400 * 1_000_000


class NoticeKind(StrEnum):
    """What can be asked for. The value is the notice's ``type``."""

    NEW_MAIL = "new-mail"
    ASSIGNED = "assigned"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    ALARM = "alarm"


MEANING: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.NEW_MAIL: "a person outside has written, and it waits for us",
    NoticeKind.ASSIGNED: "a conversation was taken, given to somebody or given back",
    NoticeKind.OVERDUE: "a conversation waits for longer than the reply goal",
    NoticeKind.ANSWERED: "a conversation was answered, by us or without us",
    NoticeKind.ALARM: "the provider can't be used, or somebody copies far more than usual",
}
TEST: Final = "test"  # the type of what is sent to try one

_ANSWERS: Final = frozenset(
    {
        *(Event.ANSWERED, Event.ANSWERED_BEFORE, Event.ANSWERED_ASKED),
        *(Event.ANSWERED_OUTSIDE, Event.ANSWERED_BEFORE_OUTSIDE, Event.ANSWERED_ASKED_OUTSIDE),
    }
)
_NO_ALARMS: Final = frozenset({"first-synchronisation"})  # is noted, and to be expected
_ASSIGNING: Final = frozenset({Action.CLAIM, Action.ASSIGN, Action.RELEASE})
# Of a record's facts; none of them names anybody outside.
_TOLD: Final[Mapping[NoticeKind, tuple[str, ...]]] = {
    NoticeKind.NEW_MAIL: (),
    NoticeKind.ASSIGNED: ("from", "to"),
    NoticeKind.OVERDUE: ("since", "assignee"),
    NoticeKind.ANSWERED: ("from", "to"),
    NoticeKind.ALARM: ("what", "kind", "folder", "since", "mails", "usual"),
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """``after``: all up to this record of the log is told. ``failing_us``: since when what comes
    next can't be; None: all is well. ``off``: given up, until somebody says otherwise.
    """

    id: int
    mailbox_id: int
    url: str
    kinds: tuple[NoticeKind, ...]  # in the order of NoticeKind
    created_us: int
    after: int
    told_us: int | None = None  # when a notice was taken last
    failing_us: int | None = None
    failure: str = ""
    off: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """``body``: JSON, as it is signed and sent."""

    id: str
    body: bytes


# ---------------------------------------------------------------- what is told


def kind_of(record: LogRecord) -> NoticeKind | None:
    """None: nobody is told."""
    if record.outcome != "ok":
        return None
    by = record.detail.get("by")
    if record.action == Action.ARRIVE:
        return NoticeKind.NEW_MAIL if by is None else None  # automatic and imported ones say so
    if record.action == Action.STATUS:
        return NoticeKind.ANSWERED if by in _ANSWERS else None
    if record.action in _ASSIGNING:
        return NoticeKind.ASSIGNED
    if record.action == Action.OVERDUE:
        return NoticeKind.OVERDUE
    is_alarm = record.action == Action.ALARM and record.detail.get("what") not in _NO_ALARMS
    return NoticeKind.ALARM if is_alarm else None


def notice_of(number: int, chain: bytes, at_us: int, record: LogRecord, kind: NoticeKind) -> Notice:
    """``number``, ``chain``, ``at_us``: the record's in the log. The identifier has something of
    its chain value, and so is another one where a number is given again: after an older copy of
    the database was put back.
    """
    data: dict[str, object] = {"record": number, "mailbox": record.mailbox}
    if record.conversation is not None:
        data["conversation"] = record.conversation
    if record.actor:
        data["who"] = record.actor
    data |= {key: record.detail[key] for key in _TOLD[kind] if key in record.detail}
    return _notice(f"record_{number}_{chain[:4].hex()}", kind, at_us, data)


def test_notice(mailbox: str, at_us: int) -> Notice:
    return _notice(f"test_{at_us}", TEST, at_us, {"mailbox": mailbox})


def _notice(id_: str, type_: str, at_us: int, data: Mapping[str, object]) -> Notice:
    moment = datetime.fromtimestamp(at_us / 1_000_000, UTC).isoformat(timespec="milliseconds")
    told = {"type": type_, "timestamp": moment.replace("+00:00", "Z"), "data": data}
    return Notice(id_, json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))


# ---------------------------------------------------------------- how it is signed


def made_secret(octets: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """As receivers are given it."""
    return _PREFIX + base64.b64encode(octets(SECRET_OCTETS)).decode("ascii")


def signed_fields(notice: Notice, secret: str, now_us: int) -> dict[str, str]:
    """Header fields. The moment is that of this try: receivers refuse old ones."""
    moment = str(now_us // 1_000_000)
    content = b".".join((notice.id.encode("ascii"), moment.encode("ascii"), notice.body))
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    mac = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")
    return {
        "webhook-id": notice.id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{mac}",
    }


# ---------------------------------------------------------------- when it is tried again


def retry_s(failures: int) -> float:
    """After so many failures one after the other, at least one."""
    return min(FIRST_RETRY_S * (1 << min(failures - 1, 20)), LONGEST_RETRY_S)


# ---------------------------------------------------------------- what is typed


def kinds_of(words: Iterable[str]) -> tuple[NoticeKind, ...]:
    """In order, each once. Raises ValueError for another word."""
    wanted = {NoticeKind(word) for word in words}
    return tuple(kind for kind in NoticeKind if kind in wanted)


def url_problem(url: str) -> tuple[str, str]:
    """(what is wrong with it or "", what to write instead)."""
    parts = _parts(url)
    if parts is None or not parts.hostname or parts.scheme not in ("http", "https"):
        example = "write one like https://chat.example.com/hooks/proxyd"
        return "it is no address of the web", example
    if parts.username is not None or parts.password is not None:
        return "a name or password in it would be in every log", "leave it out: notices are signed"
    if parts.fragment:
        return 'what stands after "#" is never sent', "leave it out"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "what is told would go over the net in clear", "write https://"
    return "", ""


def _parts(url: str) -> SplitResult | None:
    if len(url) > URL_LIMIT or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port  # which may be none
    except ValueError:
        return None
    return parts


def server_of(url: str) -> str:
    """For records and logs: the rest of a chat's address is often its only secret."""
    parts = _parts(url)
    return f"{parts.scheme}://{parts.netloc}" if parts is not None else ""


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
