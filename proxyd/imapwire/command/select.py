"""SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3), CONDSTORE and QRESYNC (RFC 7162 §3.1.8, §3.2.5)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.numset import STAR, NumSet
from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class QresyncParameter:
    """What the client remembers of the mailbox from last time; its sets have no "*"."""

    uidvalidity: int
    modseq: int
    known: NumSet | None = None  # the UIDs it has; None: all below its UIDNEXT
    match: tuple[NumSet, NumSet] | None = None  # sequence numbers and their UIDs, as many of each


@dataclass(frozen=True, slots=True)
class Select:
    mailbox: str
    read_only: bool
    condstore: bool = False
    qresync: QresyncParameter | None = None


def parse(cursor: Cursor, *, read_only: bool) -> Select:
    """``mailbox [SP "(" select-param *(SP select-param) ")"]``."""
    cursor.sp()
    mailbox = read_name(cursor)
    if not cursor.more():
        return Select(mailbox, read_only)
    parameters = dict(cursor.parenthesized(lambda: _parameter(cursor)))
    if not parameters:
        raise BadSyntax("Expected a parameter")
    return Select(mailbox, read_only, "CONDSTORE" in parameters, parameters.get("QRESYNC"))


def _parameter(cursor: Cursor) -> tuple[str, QresyncParameter | None]:
    name = cursor.word()
    if name == "CONDSTORE":
        return name, None
    if name == "QRESYNC":
        cursor.sp()
        return name, _qresync(cursor)
    raise BadSyntax("Unknown SELECT parameter")


def _qresync(cursor: Cursor) -> QresyncParameter:
    """``"(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"``."""
    cursor.opening()
    uidvalidity = cursor.nz_number()
    cursor.sp()
    modseq = cursor.number64()
    known: NumSet | None = None
    match: tuple[NumSet, NumSet] | None = None
    more = cursor.more()
    if more and cursor.peek() != b"(":
        known = _known(cursor)
        more = cursor.more()
    if more:
        match = _match(cursor)
    cursor.closing()
    return QresyncParameter(uidvalidity, modseq, known, match)


def _match(cursor: Cursor) -> tuple[NumSet, NumSet]:
    """``seq-match-data = "(" known-sequence-set SP known-uid-set ")"``: pairs by position."""
    cursor.opening()
    numbers = _known(cursor)
    cursor.sp()
    uids = _known(cursor)
    cursor.closing()
    if _ascending(numbers) != _ascending(uids):
        raise BadSyntax("As many sequence numbers as UIDs are needed")
    return numbers, uids


def _known(cursor: Cursor) -> NumSet:
    """A sequence-set in which ``"*" is not allowed`` (RFC 7162 §7)."""
    known = cursor.numset()
    if any(STAR in ends for ends in known.ranges):
        raise BadSyntax('"*" is not allowed here')
    return known


def _ascending(numbers: NumSet) -> int:
    """How many they are; raises BadSyntax where position does not say which is which."""
    last = count = 0
    for low, high in numbers.ranges:
        if low <= last or high < low:
            raise BadSyntax("The set must be in ascending order")
        count += high - low + 1
        last = high
    return count
