"""RFC 9051 §4.3 (literals), RFC 7888 (LITERAL+), and every limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.frame import (
    BadFrame,
    Frame,
    FramerEvent,
    Limits,
    Literal,
    NeedContinuation,
    RawLine,
)
from proxyd.imapwire.framer import SPOOL_FROM, TAG, CommandFramer
from proxyd.imapwire.literal_store import APPEND_FACTOR, MAX_LITERALS
from tests.effort import effort_below

FrameAll = Callable[..., list[FramerEvent]]
SMALL = Limits(
    line=100,
    literal=20,
    literals_total=30,
    append=60,
    unauthenticated_line=40,
    unauthenticated_literal=8,
    unauthenticated_literals_total=12,
)


def signed_in(limits: Limits | None = None) -> CommandFramer:
    framer = CommandFramer(limits)
    framer.authenticated = True
    return framer


def literal(data: bytes, *, binary: bool = False) -> Literal:
    return Literal(data, len(data), binary)


# ------------------------------------------------------------ commands


def test_a_line_is_a_frame(frame_all: FrameAll) -> None:
    assert frame_all([b"a1 NOOP\r\n"]) == [Frame((b"a1 NOOP",))]


def test_an_empty_line_is_a_frame_that_no_grammar_takes(frame_all: FrameAll) -> None:
    assert frame_all([b"\r\n"]) == [Frame((b"",))]


def test_a_bare_lf_ends_a_line_too(frame_all: FrameAll) -> None:
    assert frame_all([b"a1 NOOP\na2 NOOP\r\n"]) == [Frame((b"a1 NOOP",)), Frame((b"a2 NOOP",))]


def test_a_bare_cr_stays_for_the_grammar_to_refuse(frame_all: FrameAll) -> None:
    assert frame_all([b"a1 NO\rOP\r\n"]) == [Frame((b"a1 NO\rOP",))]


def test_a_synchronizing_literal_asks_for_the_continuation(frame_all: FrameAll) -> None:
    framer = signed_in()
    assert frame_all([b"a1 LOGIN {3}\r\n"], framer) == [NeedContinuation()]
    assert frame_all([b"a\r"], framer) == []
    assert frame_all([b"\n {0}\r\n"], framer) == [NeedContinuation()]
    assert frame_all([b"\r\n"], framer) == [
        Frame((b"a1 LOGIN ", literal(b"a\r\n"), b" ", literal(b""), b""))
    ]


def test_a_non_synchronizing_literal_asks_for_nothing(frame_all: FrameAll) -> None:
    events = frame_all([b"a1 LOGIN {1+}\r\nx ~{2+}\r\n\0y foo\r\n"])
    assert events == [
        Frame((b"a1 LOGIN ", literal(b"x"), b" ", literal(b"\0y", binary=True), b" foo"))
    ]


def test_octets_of_a_literal_are_never_a_command(frame_all: FrameAll) -> None:
    """RFC 7888 §4: {5+} is a literal of five octets, wherever it stands."""
    events = frame_all([b"a1 SELECT {16+}\r\nx1 DELETE INBOX\n\r\na2 NOOP\r\n"])
    assert events == [
        Frame((b"a1 SELECT ", literal(b"x1 DELETE INBOX\n"), b"")),
        Frame((b"a2 NOOP",)),
    ]


def test_leading_zeros_of_a_size_are_digits(frame_all: FrameAll) -> None:
    assert frame_all([b"a1 X {003+}\r\nabc\r\n"]) == [Frame((b"a1 X ", literal(b"abc"), b""))]


STREAM = (
    b"a1 LOGIN {3+}\r\nabc {2}\r\nde\r\n"
    b"a2 NOOP\r\n"
    b"a3 X {-5}\r\n"
    b"a4 X {99999999999}\r\n"
    b'a5 "{" {25+}\r\n' + b"z\r\n" * 8 + b"z foo {3}\r\n"
    b"a6 {5+}x\r\n"
    b"a7 \0 {3+}\r\nabc\r\n"
    b'a8 "{5+}" "\\"{" {x\r\n'
    b"a9 APPEND x (\\Seen) {50+}\r\n" + b"m" * 50 + b"\r\n"
    b"\n"
    b"b1 LOGOUT\r\n"
    b"b2 never"
)
STREAM_EVENTS = [
    NeedContinuation(),
    Frame((b"a1 LOGIN ", literal(b"abc"), b" ", literal(b"de"), b"")),
    Frame((b"a2 NOOP",)),
    BadFrame(b"a3", "Invalid literal"),
    BadFrame(b"a4", "Literal is too large"),
    BadFrame(b"a5", "Literal is too large"),
    BadFrame(b"a6", "Invalid literal"),
    BadFrame(b"a7", "NUL is not allowed"),
    BadFrame(b"a8", "Invalid literal"),
    Frame((b"a9 APPEND x (\\Seen) ", literal(b"m" * 50), b"")),
    Frame((b"",)),
    Frame((b"b1 LOGOUT",)),
]


def test_split_at_every_octet(frame_all: FrameAll) -> None:
    for cut in range(len(STREAM) + 1):
        framer = signed_in(SMALL)
        assert frame_all([STREAM[:cut], STREAM[cut:]], framer) == STREAM_EVENTS, cut
        assert framer.pending == len(b"b2 never")


def test_octet_by_octet(frame_all: FrameAll) -> None:
    framer = signed_in(SMALL)
    assert frame_all([bytes([octet]) for octet in STREAM], framer) == STREAM_EVENTS


@given(st.lists(st.integers(0, len(STREAM))).map(sorted))
def test_split_anywhere(cuts: list[int]) -> None:
    framer = signed_in(SMALL)
    events: list[FramerEvent] = []
    for start, end in zip([0, *cuts], [*cuts, len(STREAM)], strict=True):
        framer.feed(STREAM[start:end])
        while (event := framer.next()) is not None:
            events.append(event)
    assert events == STREAM_EVENTS


# ------------------------------------------------------------ broken literals


@pytest.mark.parametrize(
    "line",
    [
        b"{-5}",
        b"{}",
        b"{ 5}",
        b"{5",
        b"{5}x",
        b"{5+}x",
        b"{5++}x",
        b"{0x5}",
        b"{5-}",
        b"{a}",
        b"{12345678901234567890}",
        b'"a" {5} ',
        b"{{5}",
        b"{\xb2}",
    ],
)
def test_broken_literals_are_refused_with_the_tag(line: bytes, frame_all: FrameAll) -> None:
    events = frame_all([b"a1 SELECT " + line + b"\r\na2 NOOP\r\n"])
    assert events == [BadFrame(b"a1", "Invalid literal"), Frame((b"a2 NOOP",))]


@pytest.mark.parametrize("line", [b"{+}", b"{-5+}", b"{5++}", b"{12345678901234567890+}", b"{x+}"])
def test_where_unknown_octets_follow_the_connection_ends(line: bytes, frame_all: FrameAll) -> None:
    events = frame_all([b"a1 SELECT " + line + b"\r\nx1 DELETE INBOX\r\n"])
    assert events == [BadFrame(b"a1", "Invalid literal", fatal=True)]


@pytest.mark.parametrize("text", [b'"{5}"', b'"{"', b'"\\"{5+}" x', b'"a" "{5+}"', b"}", b"x}"])
def test_braces_in_strings_are_no_literals(text: bytes, frame_all: FrameAll) -> None:
    assert frame_all([b"a1 X " + text + b"\r\n"]) == [Frame((b"a1 X " + text,))]


def test_the_tag_is_told_only_where_one_stands(frame_all: FrameAll) -> None:
    events = frame_all([b"* {-1}\r\n", b"{-1}\r\n", b"+ {-1}\r\n", b"a{-1}\r\n", b" a {-1}\r\n"])
    assert events == [BadFrame(None, "Invalid literal")] * 5


def test_the_tag_stands_before_any_literal(frame_all: FrameAll) -> None:
    events = frame_all([b"{1+}\r\nxa1 APPEND x {61}\r\n"], signed_in(SMALL))
    assert events == [BadFrame(None, "Literal is too large")]


def test_tag_octets() -> None:
    """RFC 9051 §9: tag = 1*<any ASTRING-CHAR except "+">."""
    for octet in range(256):
        allowed = 32 < octet < 127 and octet not in b'(){%*"\\+'
        assert (TAG.fullmatch(bytes([octet])) is not None) is allowed, octet


# ------------------------------------------------------------ limits


def test_a_synchronizing_literal_too_large_ends_its_command(frame_all: FrameAll) -> None:
    """RFC 9051 §4.3: the client gets no "+" and sends nothing."""
    assert frame_all([b"a1 LOGIN {21}\r\na2 NOOP\r\n"], signed_in(SMALL)) == [
        BadFrame(b"a1", "Literal is too large"),
        Frame((b"a2 NOOP",)),
    ]


def test_a_non_synchronizing_literal_too_large_is_read_and_thrown_away(
    frame_all: FrameAll,
) -> None:
    framer = signed_in(SMALL)
    assert frame_all([b"a1 LOGIN {120+}\r\n", b"\n" * 60], framer) == []
    assert framer.pending == 0
    assert frame_all([b"\n" * 60, b" x\r\na2 NOOP\r\n"], framer) == [
        BadFrame(b"a1", "Literal is too large"),
        Frame((b"a2 NOOP",)),
    ]


def test_a_non_synchronizing_literal_too_large_to_skip_is_fatal(frame_all: FrameAll) -> None:
    framer = signed_in(SMALL)
    assert frame_all([b"a1 LOGIN {121+}\r\n", b"a2 NOOP\r\n"], framer) == [
        BadFrame(b"a1", "Literal is too large", fatal=True)
    ]
    assert framer.pending == 0


def test_not_even_in_pieces_is_more_skipped(frame_all: FrameAll) -> None:
    sixty = b" {60+}\r\n" + b"x" * 60
    skipped = frame_all([b"a1 LOGIN" + sixty * 2 + b"\r\n"], signed_in(SMALL))
    assert skipped == [BadFrame(b"a1", "Literal is too large")]
    above = frame_all([b"a1 LOGIN" + sixty * 2 + b" {21+}\r\n"], signed_in(SMALL))
    assert above == [BadFrame(b"a1", "Literal is too large", fatal=True)]


def test_all_literals_of_a_command_together(frame_all: FrameAll) -> None:
    twenty = b"{20+}\r\n" + b"x" * 20
    exact = frame_all([b"a1 X ", twenty, b" {10+}\r\n" + b"y" * 10, b"\r\n"], signed_in(SMALL))
    assert isinstance(exact[0], Frame)
    above = frame_all([b"a1 X ", twenty, b" {11+}\r\n" + b"y" * 11, b"\r\n"], signed_in(SMALL))
    assert above == [BadFrame(b"a1", "Literal is too large")]


@pytest.mark.parametrize("command", [b"APPEND", b"append", b"ApPend"])
def test_only_the_message_of_append_may_be_large(command: bytes, frame_all: FrameAll) -> None:
    head = b"a1 " + command
    whole = frame_all([head + b" x {60+}\r\n" + b"m" * 60 + b"\r\n"], signed_in(SMALL))
    assert whole == [Frame((head + b" x ", literal(b"m" * 60), b""))]
    named = frame_all([head + b" {1+}\r\nx {60+}\r\n" + b"m" * 60 + b"\r\n"], signed_in(SMALL))
    assert named == [Frame((head + b" ", literal(b"x"), b" ", literal(b"m" * 60), b""))]
    above = frame_all([head + b" x {61}\r\n"], signed_in(SMALL))
    assert above == [BadFrame(b"a1", "Literal is too large", too_big=True)]
    name = frame_all([head + b" {21}\r\n"], signed_in(SMALL))
    assert name == [BadFrame(b"a1", "Literal is too large")]


def test_an_append_of_many_messages_is_bounded(frame_all: FrameAll) -> None:
    """Each by Limits.append, all by twice that; strings are not counted with them."""
    message = b" {60+}\r\n" + b"m" * 60
    name = b"a1 APPEND {20+}\r\n" + b"x" * 20
    (two,) = frame_all([name + message * APPEND_FACTOR + b"\r\n"], signed_in(SMALL))
    assert isinstance(two, Frame)
    assert two.parts[3::2] == (literal(b"m" * 60),) * APPEND_FACTOR
    events = frame_all(
        [name + message * APPEND_FACTOR + b" {1+}\r\nm\r\n", b"a2 NOOP\r\n"], signed_in(SMALL)
    )
    assert events == [
        BadFrame(b"a1", "Literal is too large", too_big=True),
        Frame((b"a2 NOOP",)),
    ]
    synchronizing = frame_all([name + message * APPEND_FACTOR + b" {1}\r\n"], signed_in(SMALL))
    assert synchronizing == [BadFrame(b"a1", "Literal is too large", too_big=True)]


def test_the_number_of_literals_is_bounded(frame_all: FrameAll) -> None:
    for command in (b"a1 APPEND x", b"a1 X"):
        (most,) = frame_all([command + b" {0+}\r\n" * MAX_LITERALS + b"\r\n"])
        assert isinstance(most, Frame)
        above = frame_all([command + b" {0+}\r\n" * (MAX_LITERALS + 1) + b"\r\n"])
        assert above == [BadFrame(b"a1", "Too many literals")]


@pytest.mark.parametrize("word", [b"(URL ", b"(TEXT {1+}\r\nx url "])
def test_a_url_is_a_string_and_no_message(word: bytes, frame_all: FrameAll) -> None:
    """RFC 4469 §5: ``url = "URL" SP astring``."""
    head = b"a1 APPEND x CATENATE " + word
    (frame,) = frame_all([head + b"{20+}\r\n" + b"u" * 20 + b")\r\n"], signed_in(SMALL))
    assert isinstance(frame, Frame)
    assert frame.parts[-2] == literal(b"u" * 20)
    above = frame_all([head + b"{21}\r\n"], signed_in(SMALL))
    assert above == [BadFrame(b"a1", "Literal is too large")]


def test_the_first_fault_of_a_command_is_told(frame_all: FrameAll) -> None:
    events = frame_all([b"a1 LOGIN a\0b {21+}\r\n" + b"x" * 21 + b"\r\n"], signed_in(SMALL))
    assert events == [BadFrame(b"a1", "NUL is not allowed")]


def test_the_line_limit_is_about_the_whole_text_of_a_command(frame_all: FrameAll) -> None:
    fits = b"a1 " + b"x" * 95 + b"\r\n"
    assert len(fits) == 100
    assert frame_all([fits], signed_in(SMALL)) == [Frame((fits[:-2],))]
    long = [BadFrame(b"a1", "Command line is too long", fatal=True)]
    assert frame_all([b"a1 " + b"x" * 96 + b"\r\n"], signed_in(SMALL)) == long
    pieces = b"a1 X" + b" {1+}\r\ny" * 15
    assert frame_all([pieces + b"\r\n"], signed_in(SMALL)) == long


def test_a_line_without_end_is_fatal_as_soon_as_it_is_too_long(frame_all: FrameAll) -> None:
    framer = signed_in(SMALL)
    assert frame_all([b"x" * 99], framer) == []
    assert framer.pending == 99
    assert frame_all([b"x"], framer) == [BadFrame(None, "Command line is too long", fatal=True)]
    assert frame_all([b"\r\na1 NOOP\r\n"], framer) == []
    assert framer.pending == 0


def test_before_sign_in_everything_is_small(frame_all: FrameAll) -> None:
    def stranger(data: bytes) -> list[FramerEvent]:
        return frame_all([data], CommandFramer(SMALL))

    assert stranger(b"a1 LOGIN {8+}\r\n12345678 {4+}\r\n1234\r\n") == [
        Frame((b"a1 LOGIN ", literal(b"12345678"), b" ", literal(b"1234"), b""))
    ]
    assert stranger(b"a1 LOGIN {9}\r\n") == [BadFrame(b"a1", "Literal is too large")]
    fatal = [BadFrame(b"a1", "Literal is too large", fatal=True)]
    assert stranger(b"a1 LOGIN {9+}\r\n") == fatal
    assert stranger(b"a1 LOGIN {8+}\r\n12345678 {5+}\r\n") == fatal
    assert stranger(b"a1 APPEND x {9+}\r\n") == fatal
    assert stranger(b"a1 " + b"x" * 40) == [BadFrame(b"a1", "Command line is too long", fatal=True)]


def test_signing_in_widens_the_limits_of_the_next_command(frame_all: FrameAll) -> None:
    framer = CommandFramer(SMALL)
    assert frame_all([b"a1 LOGIN x y\r\n"], framer) == [Frame((b"a1 LOGIN x y",))]
    framer.authenticated = True
    line = b"a2 " + b"x" * 90
    assert frame_all([line + b"\r\n"], framer) == [Frame((line,))]


def test_nul_is_refused_and_the_literals_behind_it_are_skipped(frame_all: FrameAll) -> None:
    events = frame_all([b"a1 \0 {7+}\r\na2 X\r\n {3}\r\na3 NOOP\r\n"])
    assert events == [BadFrame(b"a1", "NUL is not allowed"), Frame((b"a3 NOOP",))]


# ------------------------------------------------------------ lines that are no commands


def test_expected_line(frame_all: FrameAll) -> None:
    framer = signed_in()
    framer.feed(b"a1 IDLE\r\nDONE {5}\r\na2 NOOP\r\n")
    assert framer.next() == Frame((b"a1 IDLE",))
    framer.expect_line()
    assert framer.next() == RawLine(b"DONE {5}")
    assert framer.next() == Frame((b"a2 NOOP",))


def test_expected_line_in_pieces(frame_all: FrameAll) -> None:
    framer = CommandFramer()
    framer.expect_line()
    assert frame_all([b"", b"A", b"GE=", b"\r"], framer) == []
    assert frame_all([b"\n"], framer) == [RawLine(b"AGE=")]
    assert frame_all([b"a1 X\r\n"], framer) == [Frame((b"a1 X",))]


def test_expected_line_is_bounded(frame_all: FrameAll) -> None:
    framer = CommandFramer(SMALL)
    framer.expect_line()
    assert frame_all([b"x" * 40], framer) == [
        BadFrame(None, "Command line is too long", fatal=True)
    ]


def test_expected_line_with_nul(frame_all: FrameAll) -> None:
    framer = CommandFramer()
    framer.expect_line()
    assert frame_all([b"x\0\r\na1 X\r\n"], framer) == [
        BadFrame(None, "NUL is not allowed"),
        Frame((b"a1 X",)),
    ]


def test_starttls_throws_away_what_came_behind_it() -> None:
    """RFC 9051 §6.2.1."""
    framer = CommandFramer()
    framer.feed(b"a1 STARTTLS\r\na2 LOGIN x y\r\na3 {5+}")
    assert framer.next() == Frame((b"a1 STARTTLS",))
    assert framer.pending == len(b"a2 LOGIN x y\r\na3 {5+}")
    assert framer.discard() == len(b"a2 LOGIN x y\r\na3 {5+}")
    assert framer.pending == 0
    framer.feed(b"a4 NOOP\r\n")
    assert framer.next() == Frame((b"a4 NOOP",))


def test_discard_forgets_a_command_half_read() -> None:
    framer = signed_in()
    framer.feed(b"a1 LOGIN {3+}\r\nab")
    assert framer.next() is None
    assert framer.discard() == 0
    framer.feed(b"a2 NOOP\r\n")
    assert framer.next() == Frame((b"a2 NOOP",))


# ------------------------------------------------------------ big messages


class ListSpool:
    def __init__(self, size: int) -> None:
        self.size = size
        self.pieces: list[bytes] = []
        self.finished = False

    def write(self, data: bytes, /) -> None:
        self.pieces.append(data)

    def finish(self) -> object:
        self.finished = True
        return self


def test_a_big_message_goes_to_the_spool_as_it_comes() -> None:
    spools: list[ListSpool] = []

    def spool(size: int) -> ListSpool:
        spools.append(ListSpool(size))
        return spools[-1]

    framer = CommandFramer(spool=spool)
    framer.authenticated = True
    size = SPOOL_FROM + 1
    framer.feed(b"a1 APPEND x {%d}\r\n" % size)
    assert framer.next() == NeedContinuation()
    framer.feed(b"m" * (size - 1))
    assert framer.next() is None
    assert framer.pending == 0
    assert sum(map(len, spools[0].pieces)) == size - 1
    framer.feed(b"n\r\n")
    frame = framer.next()
    assert frame == Frame((b"a1 APPEND x ", Literal(spools[0], size), b""))
    assert spools[0].finished
    assert b"".join(spools[0].pieces) == b"m" * (size - 1) + b"n"
    assert all(type(piece) is bytes for piece in spools[0].pieces)
    assert len(spools) == 1


def test_a_small_message_stays_in_memory() -> None:
    def no_spool(size: int) -> ListSpool:
        raise AssertionError(size)

    framer = CommandFramer(spool=no_spool)
    framer.authenticated = True
    framer.feed(b"a1 APPEND x {%d+}\r\n" % SPOOL_FROM + b"m" * SPOOL_FROM + b"\r\n")
    assert framer.next() == Frame((b"a1 APPEND x ", literal(b"m" * SPOOL_FROM), b""))


def test_a_message_that_is_refused_opens_no_spool() -> None:
    def no_spool(size: int) -> ListSpool:
        raise AssertionError(size)

    framer = CommandFramer(Limits(append=SPOOL_FROM + 1), no_spool)
    framer.authenticated = True
    size = SPOOL_FROM + 2
    framer.feed(b"a1 APPEND x {%d+}\r\n" % size + b"m" * size + b"\r\n")
    assert framer.next() == BadFrame(b"a1", "Literal is too large", too_big=True)


@pytest.mark.parametrize("step", [65536, 16 * 1024 * 1024])
def test_a_message_is_read_in_linear_time(step: int, frame_all: FrameAll) -> None:
    size = 16 * 1024 * 1024
    data = b"a1 APPEND x {%d+}\r\n" % size + b"\n" * size + b"\r\n"
    with effort_below(5):  # some 50 ms
        (frame,) = frame_all(data[at : at + step] for at in range(0, len(data), step))
        assert isinstance(frame, Frame)


def test_hostile_lines_are_read_in_linear_time(frame_all: FrameAll) -> None:
    with effort_below(10):  # some 300 ms
        frame_all([b'a1 "{' + b'\\"' * 32000 + b"\r\n"])
        frame_all([b"a1 " + b"{" * 65000 + b"+}\r\n"])
        frame_all([b"a1 " + b'"{' * 32000 + b"\r\n"])
        frame_all([b"a1 NOOP\r\n" * 50_000])
        frame_all(b"x" for _ in range(65_000))
