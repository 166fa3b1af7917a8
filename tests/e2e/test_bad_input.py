"""Whatever comes through the IMAP doors gets a clear answer; nobody notices, memory is bounded.

Over real sockets to the running process. After every test a normal client must be served at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.care import grown_kib, served, unharmed
from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.raw_line import RawLine, memory_kib, signed_in
from tests.patience import PATIENCE_S

MIB = 1024 * 1024
MAILS = 30


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(scope="module")
def proxy(office: Company) -> Iterator[Installation]:
    served(office.proxy)
    pid, before = office.proxy.pid, memory_kib(office.proxy)
    yield office.proxy
    unharmed(office.proxy, pid, before)


@pytest.fixture(autouse=True)
def nobody_notices(proxy: Installation) -> Iterator[None]:
    yield
    served(proxy)


# ---------------------------------------------------------------- malformed commands


@pytest.mark.parametrize(
    "command",
    [
        b"b1",
        b"b1 ",
        b"b1 NONSENSE",
        b"b1 FETCH",
        b"b1 FETCH 0 FLAGS",
        b"b1 FETCH 1:4294967296 FLAGS",
        b"b1 FETCH 1 (FLAGS",
        b"b1 FETCH 1 BODY[1..2]",
        b"b1 FETCH 1 BODY[]<5.0>",
        b"b1 UID",
        b"b1 UID EXPUNGE",
        b"b1 STORE 1 FLAGS \\Recent",
        b"b1 STORE 1 +FLAGS (a b",
        b'b1 SEARCH SUBJECT "open',
        b"b1 SEARCH " + b"NOT " * 400 + b"ALL",
        b"b1 SEARCH " + b"(" * 400 + b"ALL" + b")" * 400,
        b'b1 SELECT "INBOX" extra',
        b"b1 SELECT IN\x00BOX",
        b"b1 STATUS INBOX (MESSAGES WEATHER)",
        b'b1 CREATE "\xff\xfe"',
        b"b1 SELECT {-5}",
        b"b1 SELECT {5",
        b"b1 SELECT {}",
        b"b1 SELECT {5+}x",
        b"b1 SELECT {99999999999999999999}",
        b"b1 SELECT {1000000}",
        b'b1 APPEND INBOX "32-Foo-2026 00:00:00 +0000" {3+}\r\nabc',
        b"b1 LOGIN " + b"a" * 70_000 + b" b",
    ],
    ids=lambda command: command[:40].decode("ascii", "replace"),
)
def test_a_malformed_command_is_refused_and_nothing_else_happens(
    proxy: Installation, command: bytes
) -> None:
    with signed_in(proxy) as line:
        line.ask(b"s SELECT INBOX")
        line.send(command + b"\r\n")
        told = line.line()
        while told.startswith(b"* ") and not told.startswith(b"* BAD"):
            told = line.line()
        assert told.startswith((b"b1 BAD ", b"* BAD ")), told
        assert told.endswith(b"\r\n")
        assert len(told) < 200
        if len(command) < 65_536:  # after a line without an end nothing can be understood
            assert line.ask(b"n NOOP")[-1].startswith(b"n OK ")
            assert line.ask(b"x UNSELECT")[-1].startswith(b"x OK ")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"b1 SELECT &AOk", b"b1 NO [CANNOT] "),
        (b"b1 SELECT &&&-", b"b1 NO [CANNOT] "),
        (b'b1 CREATE "&2AA-"', b"b1 NO [CANNOT] "),
        (b'b1 LIST "" "&AOk"', b"b1 OK "),
        (b"b1 APPEND INBOX {99999999999}", b"b1 NO [TOOBIG] "),
    ],
    ids=lambda value: value.decode(),
)
def test_what_is_well_formed_and_can_not_be(
    proxy: Installation, command: bytes, answer: bytes
) -> None:
    """RFC 9051 §5.1: how a name is encoded is no grammar; RFC 7889 §4: neither is an amount."""
    with signed_in(proxy) as line:
        assert line.ask(command)[-1].startswith(answer)
        assert line.ask(b"n NOOP")[-1].startswith(b"n OK ")


def test_what_is_wrong_again_and_again_is_no_mail_client(proxy: Installation) -> None:
    with signed_in(proxy) as line:
        line.send(b"b NONSENSE\r\n" * 500)
        assert b"* BYE " in line.rest()


def test_any_octets_before_signing_in_end_in_words(proxy: Installation) -> None:
    for octets in (
        b"\x16\x03\x01\x02\x00\x01" * 6000,
        b"\x00" * 36_000,
        b"GET / HTTP/1.1\r\n\r\n" * 60,
    ):
        with RawLine(proxy, "imap-starttls") as line:
            assert line.line().startswith(b"* OK ")
            line.send(octets)
            said = line.rest()
            assert b" BAD " in said
            assert b"* BYE " in said


@pytest.mark.parametrize(
    ("first", "then", "answer"),
    [
        (b"a AUTHENTICATE PLAIN", b"!!! no base64 !!!", b"a BAD "),
        (b"a AUTHENTICATE PLAIN", b"*", b"a BAD "),
        (b"a AUTHENTICATE PLAIN", b"AAAA", b"a "),
        (b"a AUTHENTICATE PLAIN", b"A" * 40_000, b"a BAD "),
        (b"a AUTHENTICATE NONSENSE", b"", b"a NO "),
        (b"a AUTHENTICATE PLAIN \x00", b"", b"a BAD "),
    ],
    ids=lambda value: value[:30].decode(),
)
def test_a_broken_way_of_signing_in(
    proxy: Installation, first: bytes, then: bytes, answer: bytes
) -> None:
    with RawLine(proxy, "imap-tls") as line:
        line.line()
        line.send(first + b"\r\n")
        if then:
            assert line.line().startswith(b"+ ")
            line.send(then + b"\r\n")
        told = line.line()
        assert told.startswith(answer)
        assert b" OK " not in told


def test_idle_ends_with_done_and_with_nothing_else(proxy: Installation) -> None:
    with signed_in(proxy) as line:
        line.ask(b"s SELECT INBOX")
        line.send(b"i IDLE\r\n")
        assert line.line().startswith(b"+ ")
        line.send(b"x FETCH 1 BODY[]\r\n")
        assert line.answer(b"i")[-1].startswith(b"i BAD ")
        assert line.ask(b"n NOOP")[-1].startswith(b"n OK ")


# ---------------------------------------------------------------- literals


def test_the_octets_of_a_literal_never_become_commands(proxy: Installation) -> None:
    with RawLine(proxy, "imap-tls") as line:
        line.line()
        inner = b'x LOGIN anna "%b"\r\n' % PASSWORD.encode()
        line.send(b"a LOGIN {%d+}\r\n%b {5+}\r\nwrong\r\n" % (len(inner), inner))
        assert line.answer(b"a")[-1].startswith(b"a NO [AUTHENTICATIONFAILED] ")
        assert line.ask(b"s SELECT INBOX")[-1].startswith(b"s BAD ")


def test_a_refused_literal_that_is_sent_all_the_same_is_thrown_away(proxy: Installation) -> None:
    """RFC 7888 §4: what was announced with {n+} is sent; behind it stands the next command."""
    with signed_in(proxy) as line:
        octets = b"l LOGOUT\r\n" * 20_000
        line.send(b"b1 SELECT {%d+}\r\n%b\r\nn NOOP\r\n" % (len(octets), octets))
        lines = line.answer(b"n")
        assert [one[:6] for one in lines] == [b"b1 BAD", b"n OK d"]


def test_a_message_above_the_limit_costs_no_memory(proxy: Installation) -> None:
    """50 MiB is the configured limit; 60 are announced and sent."""

    def act() -> None:
        with signed_in(proxy) as line:
            line.send(b"b1 APPEND INBOX {%d+}\r\n" % (60 * MIB))
            for _ in range(60):
                line.send(b"x" * MIB)
            line.send(b"\r\nn NOOP\r\n")
            assert line.answer(b"n")[0].startswith(b"b1 ")

    assert grown_kib(proxy, act) < 16 * 1024


def test_a_message_that_never_ends_stays_a_file_without_a_name(proxy: Installation) -> None:
    """Five clients announce 40 MiB, send a quarter, and are gone."""

    def act() -> None:
        for _ in range(5):
            with signed_in(proxy) as line:
                line.send(b"b1 APPEND INBOX {%d+}\r\n" % (40 * MIB) + b"x" * (10 * MIB))
                line.hang_up()

    assert grown_kib(proxy, act) < 16 * 1024
    with proxy.imap("anna") as client:
        assert client.select("INBOX") == ("OK", [b"%d" % MAILS])


# ---------------------------------------------------------------- lines without end


@pytest.mark.parametrize("door", ["imap-tls", "imap-starttls"])
def test_a_line_without_end_is_cut(proxy: Installation, door: str) -> None:
    def act() -> None:
        with RawLine(proxy, door) as line:
            line.line()
            end = time.monotonic() + PATIENCE_S
            with pytest.raises(OSError, match=r"(?i)broken|reset|eof"):
                while time.monotonic() < end:
                    line.send(b"a" * MIB)

    assert grown_kib(proxy, act) < 16 * 1024


# ---------------------------------------------------------------- STARTTLS


def test_imap_behind_starttls_nothing_is_run(proxy: Installation) -> None:
    with RawLine(proxy, "imap-starttls") as line:
        line.line()
        injected = b'x LOGIN anna "%b"\r\ny SELECT INBOX\r\n' % PASSWORD.encode()
        line.send(b"a STARTTLS\r\n" + injected)
        said = line.rest()
        assert b"x OK" not in said
        assert b"y OK" not in said
        assert b"a OK" not in said or b"* BYE" in said


def test_imap_sign_in_before_starttls_counts_for_nothing_after_it(proxy: Installation) -> None:
    with RawLine(proxy, "imap-starttls") as line:
        line.line()
        assert line.ask(b"a STARTTLS")[-1].startswith(b"a OK ")
        line.start_tls()
        assert line.ask(b"s SELECT INBOX")[-1].startswith(b"s BAD ")
        assert line.ask(b"t STARTTLS")[-1].startswith((b"t BAD ", b"t NO "))


# ---------------------------------------------------------------- who stops reading


def test_a_client_that_stops_reading_holds_up_nobody_and_costs_little(proxy: Installation) -> None:
    """Each asks for all mail a hundred times over and takes none of it."""
    lazy = [signed_in(proxy, receive_buffer=4096) for _ in range(10)]

    def act() -> None:
        for line in lazy:
            line.ask(b"s SELECT INBOX")
            line.send(b"".join(b"f%d FETCH 1:* (BODY.PEEK[])\r\n" % n for n in range(100)))
        for _ in range(3):
            served(proxy)

    try:
        assert grown_kib(proxy, act) < 64 * 1024
    finally:
        for line in lazy:
            line.hang_up()


def test_a_client_that_sends_a_thousand_commands_ahead_gets_all_answers_in_order(
    proxy: Installation,
) -> None:
    with signed_in(proxy) as line:
        line.ask(b"s SELECT INBOX")
        line.send(b"".join(b"c%d FETCH 1:* (UID FLAGS)\r\n" % n for n in range(1000)))
        for n in range(1000):
            assert line.answer(b"c%d" % n)[-1].startswith(b"c%d OK " % n)


def test_who_connects_and_says_nothing_takes_nobodys_place(proxy: Installation) -> None:
    silent = [RawLine(proxy, "imap-starttls") for _ in range(100)]
    try:
        served(proxy)
    finally:
        for line in silent:
            line.hang_up()
