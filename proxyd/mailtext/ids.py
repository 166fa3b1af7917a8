"""Message identifiers (RFC 5322 §3.6.4): ``<left@right>``, and nothing that only looks like one.

Mails belong together by ids, so what is none puts strangers into one conversation: the phrases
that old programs write into In-Reply-To, with an address in brackets, and the words of programs
that had no id to give. An id comes out without its brackets, printable and bounded.
"""

from __future__ import annotations

import re

# A conversation of more mails is found by its first and its newest ones all the same.
MAX_IDS = 100
_KEPT_FIRST = 10
# RFC 5322 §2.1.1: no line is longer, so no well-formed id is.
MAX_ID = 998
# An old mailing-list thread may well fill several KB with References; ids beyond are not needed.
MAX_VALUE = 65_536

_IN_BRACKETS = re.compile(rb"<([^<>]*)>")
# What stands before and between the ids of an In-Reply-To: anything else begins a phrase.
_NEXT = re.compile(rb"[\s,;]*+(?:\([^()]*+\)[\s,;]*+)*+<([^<>]*)>")
_ALONE = re.compile(rb"[^\s<>@,;:()\"]++@[^\s<>@,;:()\"]++")
# What nearly all are; the rest is looked at more closely.
_USUAL = re.compile(rb"[A-Za-z0-9][A-Za-z0-9.!#&'*+/=?^_`|~\-]*+@[A-Za-z0-9][A-Za-z0-9.\-]*+")
_TELLING = re.compile(r"[^\W_]")
_NOT_FILLED_IN = re.compile(r"\$\{|\{\{|<%|%s|%\w+%|\{\}")
# What programs write that had none.
_NOTHING = frozenset(
    {"null", "nil", "none", "undefined", "unknown", "empty", "nan", "false", "message-id",
     "messageid", "msgid"}
)  # fmt: skip


def own_id(value: bytes) -> str:
    """Of a Message-ID field; "" where it has none."""
    raw = value[:MAX_VALUE]
    found = _IN_BRACKETS.search(raw)
    if found:
        return _id(found[1])
    return _id(raw.strip()) if _ALONE.fullmatch(raw.strip()) else ""  # some leave them out


def answered_ids(value: bytes) -> list[str]:
    """Of an In-Reply-To field: the ids that it begins with."""
    raw = value[:MAX_VALUE]
    found: list[bytes] = []
    at = 0
    while match := _NEXT.match(raw, at):
        found.append(match[1])
        at = match.end()
    return _bounded(found or _all_alone(raw))


def message_ids(value: bytes) -> list[str]:
    """Of a References field: every id, oldest first; cutting it short leaves halves behind."""
    raw = value[:MAX_VALUE]
    return _bounded(_IN_BRACKETS.findall(raw) or _all_alone(raw))


def _all_alone(raw: bytes) -> list[bytes]:
    """Without their brackets, where there is nothing else."""
    words = raw.replace(b",", b" ").split()
    return words if all(map(_ALONE.fullmatch, words)) else []


def _bounded(found: list[bytes]) -> list[str]:
    ids = [one for one in dict.fromkeys(map(_id, found)) if one]
    return ids if len(ids) <= MAX_IDS else ids[:_KEPT_FIRST] + ids[_KEPT_FIRST - MAX_IDS :]


def _id(raw: bytes) -> str:
    """ "" for what is none."""
    if len(raw) > MAX_ID:
        return ""
    if _USUAL.fullmatch(raw):
        text = raw.decode("ascii")
        left, _, right = text.partition("@")
        return "" if left.lower() in _NOTHING or right.lower() in _NOTHING else text
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    # Folded in the middle by some programs.
    text = "".join(char for char in text if char.isprintable() and char != " ")
    left, _, right = text.partition("@")
    if _says_nothing(left) or _says_nothing(right) or _NOT_FILLED_IN.search(text):
        return ""
    return text


def _says_nothing(side: str) -> bool:
    return side.lower() in _NOTHING or not _TELLING.search(side)
