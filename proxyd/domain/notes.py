"""Internal notes: mails that only proxyd has, and that colleagues alone read
(docs/design.md §3 "Notes").

Pure. What a note is known by: the folder it lies in, the address it is written to, the field in its
header and the mark in its text (note_marks.py), and the run of its words (word_runs.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from proxyd.mailtext.addresses import a_labels, compared

# No provider lists such folders: the character is in no name that a client could have made.
FOLDER = "\x7fproxyd notes"
ATTRIBUTE = "\\proxyd-notes"
# What is not written to its end, and shows in Drafts.
DRAFTS = "\x7fproxyd note drafts"
DRAFTS_ATTRIBUTE = "\\proxyd-note-drafts"
# What proxyd itself tells all colleagues, and shows in INBOX (docs/decisions/045-reminders.md).
REMINDERS = "\x7fproxyd reminders"
REMINDERS_ATTRIBUTE = "\\proxyd-reminders"
UIDVALIDITY = 1  # of all: what clients see are the views', which change after a restore
FOLDERS = {FOLDER: ATTRIBUTE, DRAFTS: DRAFTS_ATTRIBUTE, REMINDERS: REMINDERS_ATTRIBUTE}


class NoteKind(StrEnum):
    """Of a mail that only proxyd has; each lies in a folder of its own."""

    NOTE = "note"
    DRAFT = "draft"  # of a note
    REMINDER = "reminder"


KINDS = {FOLDER: NoteKind.NOTE, DRAFTS: NoteKind.DRAFT, REMINDERS: NoteKind.REMINDER}

MOST_OCTETS = 5_000_000  # of a note: it lies in the database, and in each backup

FIELD = b"X-Proxyd-Note"  # which mailbox it is one of, and its mark
AUTHOR = b"X-Proxyd-Note-By"  # the login
MENTIONED = b"X-Proxyd-Note-To"  # logins, with spaces between them

REMINDS_OF = b"X-Proxyd-Reminder-Of"  # what a reminder names: service/reminders/listing.py

# How a colleague who is named shows on the note; taken away, it is in nobody's *Mentions* any more.
MENTION_PREFIX = "$mention-"

# RFC 6761 §6.4: no server anywhere takes mail for it, should a client send it past us.
_DOMAIN = ".invalid"
_LOCAL = "note@"
_REMINDER = "reminder."
_NOT_IN_DOMAIN = re.compile(r"[^a-z0-9.]+")

# A level of a host's name (RFC 1123 §2.1), and what stands before one that is not, and is written
# otherwise. Its hyphens are not where only A-labels may have them (RFC 5891 §4.2.3.1).
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LABEL_MAX = 63  # RFC 1035 §2.3.4
_ESCAPED = "esc--"
_A_LABEL = "xn--"
_UNSAFE = re.compile(rb"[^a-z0-9]")

# Behind Japanese there is no space; behind an address's local part it is an address.
_AT = re.compile(r"(?<![A-Za-z0-9_.+-])[@＠]([A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?)")
_PART = re.compile(r"[._-][^._-]*$")


def note_address(address: str) -> str:
    """To whom a note on mails to ``address`` is written.

    Level by level no two are alike: a program that shows the name of a host can write it. Only
    between ``a.b@c.test`` and ``a@b.c.test`` an address does not tell.

    >>> note_address("Support@example.co.jp")
    'note@support.example.co.jp.invalid'
    >>> note_address("help_desk@example.co.jp")
    'note@esc--help-5fdesk.example.co.jp.invalid'
    """
    local, _, domain = compared(address).rpartition("@")
    levels = [_local_level(level) for level in local.split(".")]
    levels += [level if _LABEL.fullmatch(level) else _escaped(level) for level in domain.split(".")]
    return _LOCAL + ".".join(levels) + _DOMAIN


def former_note_address(address: str) -> str:
    """The one that it had before two of them were told apart; people have it in their address
    books.

    >>> former_note_address("help_desk@example.co.jp")
    'note@help-desk.example.co.jp.invalid'
    """
    local, _, domain = address.lower().rpartition("@")
    levels = [_NOT_IN_DOMAIN.sub("-", part).strip(".-") for part in (local, domain)]
    return _LOCAL + ".".join(filter(None, levels)) + _DOMAIN


def note_addresses(address: str) -> set[str]:
    """All of them."""
    return {note_address(address), former_note_address(address)}


def _local_level(level: str) -> str:
    if not level.isascii():
        name = a_labels(level)
        return name if _LABEL.fullmatch(name) else _escaped(level)
    if _LABEL.fullmatch(level) and not level.startswith((_A_LABEL, _ESCAPED)):
        return level
    return _escaped(level)


def _escaped(level: str) -> str:
    """In hex what no name of a host has; what gets too long for one is a digest, which would have
    been no need to escape.
    """
    octets = level.encode("utf-8", "surrogateescape")
    written = _ESCAPED + _UNSAFE.sub(lambda found: b"-%02x" % found[0][0], octets).decode("ascii")
    if len(written) <= _LABEL_MAX:
        return written
    return _ESCAPED + hashlib.sha256(octets).hexdigest()[:32]


def plain_address(address: str) -> str:
    """One that is compared, as a note address is written: some programs write ``"note"@…``, or a
    dot behind the domain, and it is the same address.
    """
    local, at, domain = address.rpartition("@")
    quoted = len(local) > 1 and local[0] == local[-1] == '"'
    return (local[1:-1] if quoted else local) + at + domain.removesuffix(".")


def is_note_address(address: str) -> bool:
    """Of any mailbox, be there one or not. ``address``: plain."""
    return address.startswith(_LOCAL) and goes_nowhere(address)


def goes_nowhere(address: str) -> bool:
    """A note address, or one that somebody has mistyped. ``address``: plain."""
    return address.endswith((_DOMAIN, "@" + _DOMAIN.removeprefix(".")))


def reminder_id(address: str, mailbox_id: int, at_us: int) -> str:
    """The Message-ID of the reminder for one instant; ``address`` is the note address.

    >>> reminder_id("note@support.example.com.invalid", 3, 1_796_000_400_000_000)
    'reminder.20261130T010000Z.3@support.example.com.invalid'
    """
    at = datetime.fromtimestamp(at_us / 1_000_000, UTC)
    return f"{_REMINDER}{at:%Y%m%dT%H%M%SZ}.{mailbox_id}@{address.rpartition('@')[2]}"


def is_reminder_id(message_id: str) -> bool:
    """Also of one that is gone."""
    return message_id.startswith(_REMINDER) and message_id.endswith(_DOMAIN)


def mentioned(text: str, logins: Collection[str]) -> Sequence[str]:
    """Those of ``logins`` that the text names, as ``@login``, in its order; ``@ben-san`` names Ben
    where nobody is called so.
    """
    found: dict[str, None] = {}
    for written in _AT.findall(text):
        login = written.lower()
        while login and login not in logins:
            shorter = _PART.sub("", login)
            login = shorter if shorter != login else ""
        if login:
            found[login] = None
    return list(found)


def without_mentions(text: str) -> str:
    """Whom it names says nothing that could leave."""
    return _AT.sub(" ", text)


def mentions_in(keywords: Collection[str]) -> Sequence[str]:
    """The logins among the keywords of a note."""
    lower = (word.lower() for word in keywords)
    return [w.removeprefix(MENTION_PREFIX) for w in lower if w.startswith(MENTION_PREFIX)]
