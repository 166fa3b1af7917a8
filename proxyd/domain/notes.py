"""Internal notes: mails that only proxyd has, and that colleagues alone read
(docs/design.md §3 "Notes").

Pure. What a note is known by: the folder it lies in, the address it is written to, the field in its
header and the mark in its text, and the run of its words (word_runs.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

# No provider lists such folders: the character is in no name that a client could have made.
FOLDER = "\x7fproxyd notes"
ATTRIBUTE = "\\proxyd-notes"
# What is not written to its end, and shows in Drafts.
DRAFTS = "\x7fproxyd note drafts"
DRAFTS_ATTRIBUTE = "\\proxyd-note-drafts"
UIDVALIDITY = 1  # of both: what clients see are the views', which change after a restore
FOLDERS = {FOLDER: ATTRIBUTE, DRAFTS: DRAFTS_ATTRIBUTE}

MOST_OCTETS = 5_000_000  # of a note: it lies in the database, and in each backup

FIELD = b"X-Proxyd-Note"  # which mailbox it is one of
AUTHOR = b"X-Proxyd-Note-By"  # the login
MENTIONED = b"X-Proxyd-Note-To"  # logins, with spaces between them

# How a colleague who is named shows on the note; taken away, it is in nobody's *Mentions* any more.
MENTION_PREFIX = "$mention-"

# RFC 6761 §6.4: no server anywhere takes mail for it, should a client send it past us.
_DOMAIN = ".invalid"
_NOT_IN_DOMAIN = re.compile(r"[^a-z0-9.]+")

_MARK = re.compile(r"\[\[note:[0-9a-f]{8}\]\]")
_SPACES = re.compile(r"[\s>|＞\u200b\ufeff]+")
# Behind Japanese there is no space; behind an address's local part it is an address.
_AT = re.compile(r"(?<![A-Za-z0-9_.+-])[@＠]([A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?)")
_PART = re.compile(r"[._-][^._-]*$")


def note_address(address: str) -> str:
    """To whom a note on mails to ``address`` is written.

    >>> note_address("Support@example.co.jp")
    'note@support.example.co.jp.invalid'
    """
    local, _, domain = address.lower().rpartition("@")
    levels = [_NOT_IN_DOMAIN.sub("-", part).strip(".-") for part in (local, domain)]
    return "note@" + ".".join(filter(None, levels)) + _DOMAIN


def is_note_address(address: str) -> bool:
    """Of any mailbox, be there one or not."""
    return address.startswith("note@") and address.endswith(_DOMAIN)


def mark(token: str) -> str:
    """What stands in the text of a note; ``token``: eight hexadecimal digits."""
    return f"[[note:{token}]]"


def has_mark(text: str) -> bool:
    """However it was quoted and wrapped."""
    return _MARK.search(_SPACES.sub("", text)) is not None


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
