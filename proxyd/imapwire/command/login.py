"""LOGIN (RFC 9051 §6.2.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from proxyd.imapwire.flags import ATOM_CLASS
from proxyd.imapwire.tokens import Cursor

# Wider than astring by "*": ``LOGIN anna*support …`` names one mailbox, and clients such as
# Python's imaplib don't quote the user.
_USER = re.compile(rb"(?:" + ATOM_CLASS + rb"|[\]*])+")


@dataclass(frozen=True, slots=True)
class Login:
    user: bytes
    password: bytes = field(repr=False)  # never in a log or a traceback


def parse(cursor: Cursor) -> Login:
    cursor.sp()
    user = cursor.astring(_USER)
    cursor.sp()
    return Login(user, cursor.astring())
