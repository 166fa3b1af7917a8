"""Mailbox names in commands: octets to the one str that names the mailbox (RFC 9051 §5.1).

- INBOX has no case, alone and as the first level ("inbox/x"); all other names do.
- Modified UTF-7 is the encoding. Plain UTF-8 is understood too where it cannot be mistaken for it
  (it has 8-bit octets), because clients send it. Once the client has enabled UTF-8 (RFC 6855 §3,
  RFC 9051 §5.1), names are UTF-8 and "&" is a letter like any other.
- No control characters: they would come out again in logs, tables and terminals.

"/" is the hierarchy delimiter of everything that is served with this grammar.
"""

from __future__ import annotations

import re

from proxyd.imapwire import mutf7
from proxyd.imapwire.errors import BadName, NotEncoded
from proxyd.imapwire.flags import ATOM_CLASS
from proxyd.imapwire.tokens import Cursor

DELIMITER = "/"
INBOX = "INBOX"
# The longest name and the deepest tree that is served. Dovecot's paths end at 4,096 octets and its
# trees at 16 levels by default; whoever looks a name up may go through its levels one by one.
NAME_CHARS = 1000
NAME_LEVELS = 100
NO_NAME = "\0"  # a pattern that matches nothing: no name has control characters

# C0, DEL, C1, and the two line separators of Unicode
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# astring and list-mailbox without quotes, both with the 8-bit octets that clients send there:
# ASTRING-CHAR = ATOM-CHAR / resp-specials ; list-char = ASTRING-CHAR / list-wildcards
_NAME_ATOM = re.compile(rb"(?:" + ATOM_CLASS + rb"|[\]\x80-\xff])+")
_PATTERN_ATOM = re.compile(rb"(?:" + ATOM_CLASS + rb"|[%*\]\x80-\xff])+")


def from_wire(raw: bytes, *, utf8: bool = False) -> str:
    """The name (or LIST pattern) these octets stand for; raises BadName."""
    if raw.isascii() and CONTROL.search(raw.decode("ascii")):
        raise BadName("Mailbox name has control characters")
    name = mutf7.decode(raw) if raw.isascii() and not utf8 else _from_utf8(raw)
    if CONTROL.search(name):  # decoded ones
        raise BadName("Mailbox name has control characters")
    first, delimiter, rest = name.partition(DELIMITER)
    if first.upper() == INBOX:
        return INBOX + delimiter + rest
    return name


def read_name(cursor: Cursor) -> str:
    """``mailbox = "INBOX" / astring``. Raises NotEncoded for what is longer than any name here."""
    return bounded(from_wire(cursor.astring(_NAME_ATOM), utf8=cursor.utf8))


def bounded(name: str) -> str:
    """``name``, before anybody looks for it: the same answer whether it exists or not."""
    if len(name) > NAME_CHARS or name.count(DELIMITER) >= NAME_LEVELS:
        raise NotEncoded("Mailbox name is too long")
    return name


def read_pattern(cursor: Cursor) -> str:
    """``list-mailbox = 1*list-char / string``.

    What is no encoding of any name is a question all the same, and the answer is: none.
    """
    raw = cursor.astring(_PATTERN_ATOM)
    try:
        return from_wire(raw, utf8=cursor.utf8)
    except NotEncoded:
        return NO_NAME


def read_label(cursor: Cursor) -> str:
    """An astring in UTF-8 that people read, but no mailbox: a quota root, an ACL identifier."""
    label = _from_utf8(cursor.astring())
    if CONTROL.search(label):
        raise BadName("Name has control characters")
    return label


def _from_utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadName("Mailbox name is neither modified UTF-7 nor UTF-8") from None
