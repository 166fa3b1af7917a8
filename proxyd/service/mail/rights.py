"""What a person may do with a view, as letters (RFC 4314 §2.1): the grants in IMAP's words.

Must never decide anything: the use cases ask ``Caller.need``, and these letters say what they will
answer (a test tries the operation of each letter). Invariant: nobody has "a", because rights are
given by the admin and by nobody else.
"""

from __future__ import annotations

from proxyd.domain.types import Right, SeenMode, SharedMailbox
from proxyd.service.mail.tree import Entry

LOOKUP, READ, SEEN, WRITE, INSERT = "l", "r", "s", "w", "i"
CREATE, DELETE_MAILBOX, DELETE_MESSAGES, EXPUNGE = "k", "x", "t", "e"
# In the order of RFC 4314 §2.1; behind them the letters of RFC 2086 (§2.1.1).
_ORDER = "lrswikxtecd"
# Older clients look for these: "c" stands for "k", "d" for any of "x", "t" and "e".
_OLD = {"c": frozenset("k"), "d": frozenset("xte")}


def rights_of(grant: int, mailbox: SharedMailbox, entry: Entry, *, may_hold_folders: bool) -> str:
    """``may_hold_folders``: the tree has room for new ones below this name."""
    rights = {LOOKUP}
    if entry.selectable:
        rights.add(READ)
        if grant >= Right.RESPOND or mailbox.seen is SeenMode.PERSON:
            rights.add(SEEN)
        if grant >= Right.RESPOND:
            rights |= {WRITE, INSERT, DELETE_MESSAGES, EXPUNGE}
    if grant >= Right.RESPOND and may_hold_folders:
        rights.add(CREATE)
    real = entry.folder is not None and not entry.folder.ours
    if grant >= Right.MANAGE and real and not entry.is_inbox:
        rights.add(DELETE_MAILBOX)
    rights |= {old for old, news in _OLD.items() if rights & news}
    return "".join(letter for letter in _ORDER if letter in rights)
