"""Every kind of search key has its criterion."""

from __future__ import annotations

from datetime import date

from imap_frontend.search_terms import term_of
from imap_frontend.view import ClientView
from proxyd.domain.search import (
    And,
    HasFlag,
    Larger,
    Not,
    Or,
    Provider,
    ReceivedBefore,
    ReceivedSince,
    Smaller,
    Term,
    Uids,
)
from proxyd.imapwire.command import Search, parse_command
from proxyd.imapwire.framer import Frame, Literal


def term(criteria: bytes, *literal: bytes) -> Term:
    parts: list[bytes | Literal] = [b"a SEARCH " + criteria]
    for octets in literal:
        parts += [Literal(octets, len(octets)), b""]
    command = parse_command(Frame(tuple(parts))).command
    assert isinstance(command, Search)
    view = ClientView(lambda: None)
    view.attach(_Inbox())  # type: ignore[arg-type]
    return term_of(command.key, view)


class _Inbox:
    keywords = ()
    highest_modseq = 1
    recent_from = 15

    def recent_told(self, up_to: int) -> None:
        assert up_to == 15

    def uids(self) -> list[int]:
        return [11, 12, 15]


def test_sets() -> None:
    assert term(b"2:3") == Uids(((12, 15),))
    assert term(b"*") == Uids(((15, 15),))
    assert term(b"UID 1:12,99") == Uids(((1, 12), (99, 99)))


def test_flags() -> None:
    assert term(b"SEEN") == HasFlag("\\Seen")
    assert term(b"UNKEYWORD $x") == Not(HasFlag("$x"))


def test_recent() -> None:
    """RFC 3501 §6.4.4."""
    recent = Uids(((15, 15),))
    assert term(b"RECENT") == recent
    assert term(b"OLD") == Not(recent)
    assert term(b"NEW") == And((recent, Not(HasFlag("\\Seen"))))


def test_combinations() -> None:
    assert term(b"OR SEEN (LARGER 5 NOT SMALLER 3)") == Or(
        HasFlag("\\Seen"), And((Larger(5), Not(Smaller(3))))
    )


def test_days() -> None:
    day, next_day = date(2020, 2, 29), date(2020, 3, 1)
    assert term(b"BEFORE 29-Feb-2020") == ReceivedBefore(day)
    assert term(b"SINCE 29-Feb-2020") == ReceivedSince(day)
    assert term(b"ON 29-Feb-2020") == And((ReceivedSince(day), ReceivedBefore(next_day)))
    assert term(b"ON 31-Dec-9999") == ReceivedSince(date(9999, 12, 31))


def test_text_is_the_providers_business() -> None:
    assert term(b'FROM "x"') == Provider(b'FROM "x"')
    assert term(b"SUBJECT ", "顧".encode()) == Provider(b"SUBJECT {3+}\r\n" + "顧".encode())


def test_the_saved_result_is_looked_up_once() -> None:
    found = term(b"$ OR $ NOT $")
    assert isinstance(found, And)
    first, second = found.terms
    assert isinstance(second, Or)
    assert first is second.left
