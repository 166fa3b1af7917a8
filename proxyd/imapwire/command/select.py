"""SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3), with parameters by name (RFC 4466 §2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Select:
    mailbox: str
    read_only: bool
    parameters: tuple[str, ...]  # upper case: "CONDSTORE"; those with a value are not known yet


def parse(cursor: Cursor, *, read_only: bool) -> Select:
    cursor.sp()
    mailbox = read_name(cursor)
    parameters: list[str] = []
    if cursor.skip(b" "):
        parameters = cursor.parenthesized(cursor.word)
        if not parameters:
            raise BadSyntax("Expected a parameter")
    return Select(mailbox, read_only, tuple(parameters))
