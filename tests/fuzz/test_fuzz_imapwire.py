"""Hostile octets against framer and grammar: whatever comes is an event or BadSyntax."""

from __future__ import annotations

import random
import re
import tracemalloc
from itertools import pairwise

import budget
import pytest
import wire_commands
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.imapwire.command import Tagged, UnknownCommand, parse_command
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import BadFrame, Frame, FramerEvent, Limits, RawLine
from proxyd.imapwire.framer import CommandFramer

LIMITS = Limits(
    line=600,
    literal=80,
    literals_total=160,
    append=300,
    unauthenticated_line=200,
    unauthenticated_literal=40,
    unauthenticated_literals_total=80,
)
EXAMPLES = budget.examples(300)
# What one input may take on top of its own length, which is kept once in the buffer and once in the
# parts of the frame: values are small, and there are bounds on how many.
MEMORY_FIXED = 128 * 1024
MEMORY_PER_OCTET = 64

VALID = [
    b"a1 CAPABILITY\r\n",
    b"a1 AUTHENTICATE PLAIN AGEAYg==\r\n",
    b"a1 LOGIN {4+}\r\nanna {3}\r\nx\r\n\r\n",
    b'a1 ID ("name" "Thunderbird" "version" NIL)\r\n',
    b"a1 ENABLE CONDSTORE\r\n",
    b'a1 SELECT "&ZeVnLIqe-" (CONDSTORE)\r\n',
    b"a1 RENAME inbox/x {6+}\r\n\xe6\x97\xa5\xe6\x9c\xac\r\n",
    b'a1 list (subscribed) "" ("*" %) return (special-use STATUS (MESSAGES))\r\n',
    b'a1 LSUB "" *\r\n',
    b"a1 STATUS x (UIDNEXT MESSAGES UNSEEN RECENT)\r\n",
    b'a1 APPEND "Sent" (\\Seen $x) " 1-Feb-1994 00:00:00 +0900" {13+}\r\nA: b\r\n\r\ncde\r\n\r\n',
    b"a1 APPEND x {3}\r\n\0\0\0\r\n",
    b"a1 UID EXPUNGE 1:5,9\r\n",
    b"a1 SEARCH RETURN (MIN) CHARSET UTF-8 OR (FROM x) NOT SUBJECT {2+}\r\n\xc3\xa9 1:*\r\n",
    b"a1 UID SEARCH KEYWORD $x UNSEEN\r\n",
    b'a1 SEARCH HEADER X-Y "a\\"b" SINCE 1-Feb-1994 SENTON "1-Feb-1994" LARGER 5 UID 7\r\n',
    b"a1 UID FETCH 1:*,4 (UID BODY.PEEK[1.HEADER.FIELDS (To)]<0.5>) (CHANGEDSINCE 1)\r\n",
    b"a1 FETCH 2 FULL\r\n",
    b"a1 UID STORE 5 +FLAGS.SILENT ($status-done \\seen)\r\n",
    b"a1 MOVE 7 Archive\r\n",
    b"a1 IDLE\r\n",
    b"a1 SELECT x (QRESYNC (67890007 20050715194045000 41,43:211 (1,3 41,43)) CONDSTORE)\r\n",
    b"a1 UID FETCH 1:* (MODSEQ PREVIEW (LAZY) BINARY[1]<0.5>) (CHANGEDSINCE 5 VANISHED)\r\n",
    b"a1 STORE $ (UNCHANGEDSINCE 12) -FLAGS.SILENT ($x)\r\n",
    b'a1 UID SEARCH RETURN (SAVE) $ OLDER 5 MODSEQ "/flags/x" all 7 EMAILID a\r\n',
    b"a1 UID SORT RETURN (COUNT) (REVERSE DATE DISPLAYFROM) UTF-8 SUBJECT {1+}\r\nx\r\n",
    b"a1 THREAD REFERENCES UTF-8 ALL\r\n",
    b"a1 APPEND x (\\Seen) {1+}\r\na ~{2+}\r\n\0b UTF8 (~{1+}\r\nx)\r\n",
    b"a1 APPEND x CATENATE (URL /x;UID=1 TEXT {3+}\r\nabc URL {2+}\r\n/y) {0+}\r\n\r\n",
    b"a1 CREATE x (USE (\\Sent))\r\n",
    b"a1 COMPRESS DEFLATE\r\n",
    b"a1 GETQUOTAROOT x\r\n",
    b'a1 SETQUOTA "" (STORAGE 512)\r\n',
    b"a1 SETACL x anna +lrs\r\n",
    b"a1 LISTRIGHTS x anna\r\n",
    b"a1 GETMETADATA (DEPTH 1 MAXSIZE 9) x (/shared/comment /private)\r\n",
    b"a1 SETMETADATA x (/shared/comment ~{2+}\r\na\0 /private/comment NIL)\r\n",
    b"a1 NOTIFY SET STATUS (selected (MessageNew (UID) MessageExpunge)) (subtree (a b) NONE)\r\n",
]
# What tears at the seams of lines, literals, strings and sets.
TOKENS = [
    *(bytes([octet]) for octet in b'\r\n\0 "\\(){}[]<>*%&~+0\xff'),
    *(b"\r\n", b"  ", b"&-", b"&AOk-", b"+}", b"4294967296", b"\xe6\x97\xa5"),
    *(b"{5}", b"{5+}\r\n", b"{0+}\r\n", b"{-5}", b"{}", b"{90+}\r\n", b"{900+}\r\n"),
    *(b"{99999999999}\r\n", b"{99999999999+}\r\n", b"~{3+}\r\n"),
    *(b"NIL", b"UID ", b"BODY[", b"NOT ", b"OR ", b"a1 "),
]

octets = st.binary(max_size=400)
soup = st.lists(st.sampled_from(TOKENS) | st.binary(max_size=5), max_size=40).map(b"".join)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Valid commands with a few octets cut out, put in or doubled."""
    data = b"".join(draw(st.lists(st.sampled_from(VALID), min_size=1, max_size=5)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 4))
        data = data[:at] + draw(st.sampled_from([b"", *TOKENS])) + data[at + cut :]
    return data


@st.composite
def drawn_and_torn(draw: st.DrawFn) -> bytes:
    """A command drawn from the grammar, with a few octets changed."""
    data, _, _ = draw(wire_commands.commands())
    for _ in range(draw(st.integers(1, 4))):
        at, cut = draw(st.integers(0, len(data))), draw(st.integers(0, 3))
        data = data[:at] + draw(st.sampled_from([b"", *TOKENS])) + data[at + cut :]
    return data


streams = (
    octets
    | soup
    | mutated()
    | drawn_and_torn()
    | st.tuples(mutated(), soup, mutated()).map(b"".join)
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(ends)]


def conversation(chunks: list[bytes], *, authenticated: bool) -> list[FramerEvent]:
    """All events; a server's habits: IDLE and AUTHENTICATE are followed by one raw line."""
    framer = CommandFramer(LIMITS)
    framer.authenticated = authenticated
    events: list[FramerEvent] = []
    fatal = False
    for chunk in chunks:
        framer.feed(chunk)
        while (event := framer.next()) is not None:
            assert not fatal, "nothing comes after a fatal event"
            events.append(event)
            fatal = isinstance(event, BadFrame) and event.fatal
            if isinstance(event, Frame) and re.search(rb"(?i) (IDLE|AUTH)", event.parts[0]):
                framer.expect_line()
        line = LIMITS.line if authenticated else LIMITS.unauthenticated_line
        assert framer.pending < line
        assert not (fatal and framer.pending)
    return events


def read(frame: Frame, *, utf8: bool = False) -> Tagged | tuple[str, str, bytes | None]:
    try:
        return parse_command(frame, utf8=utf8)
    except BadSyntax as bad:
        assert bad.text
        assert bad.text.isascii()
        assert bad.text.isprintable()
        return type(bad).__name__, bad.text, bad.tag


def check(data: bytes, cuts: list[int], *, authenticated: bool) -> None:
    budget.tried["streams of octets, hypothesis"] += 1
    events = conversation(pieces(data, cuts), authenticated=authenticated)
    assert events == conversation([data], authenticated=authenticated)
    for event in events:
        if isinstance(event, Frame):
            first = event.parts[0]
            outcome = read(event)
            assert outcome == read(event)
            if isinstance(outcome, Tagged):
                assert isinstance(first, bytes)
                assert first.startswith(outcome.tag + b" ")
        elif isinstance(event, RawLine):
            assert b"\n" not in event.line


@settings(max_examples=EXAMPLES, deadline=None)
@given(streams, st.lists(st.integers(0, 2000), max_size=12))
def test_anything_before_sign_in(data: bytes, cuts: list[int]) -> None:
    check(data, cuts, authenticated=False)


@settings(max_examples=EXAMPLES, deadline=None)
@given(streams, st.lists(st.integers(0, 2000), max_size=12))
def test_anything_after_sign_in(data: bytes, cuts: list[int]) -> None:
    check(data, cuts, authenticated=True)


@settings(max_examples=EXAMPLES, deadline=None)
@given(drawn_and_torn(), st.booleans())
def test_torn_commands_are_values_or_bad_syntax(data: bytes, utf8: bool) -> None:
    """With the limits of a real connection."""
    budget.tried["commands with a few octets changed"] += 1
    framer = CommandFramer()
    framer.authenticated = True
    framer.feed(data + b"\r\n\r\n")
    while (event := framer.next()) is not None:
        if isinstance(event, Frame):
            read(event, utf8=utf8)


def torn(random_: random.Random) -> bytes:
    """One to four commands put together at random and torn in up to eight places."""
    data = b"".join(random_.choices(VALID, k=random_.randint(1, 4)))
    for _ in range(random_.randint(1, 8)):
        at, cut = random_.randint(0, len(data)), random_.choice([0, 0, 1, 1, 2, 5, 20])
        put = random_.choice(
            [b"", random_.choice(TOKENS), random_.randbytes(random_.randint(1, 3))]
        )
        if random_.random() < 0.1:  # a piece of it again
            put = data[at : at + random_.randint(1, 30)]
        data = data[:at] + put + data[at + cut :]
    return data


@pytest.mark.parametrize("batch", range(budget.STORMS))
def test_a_storm_of_torn_commands(batch: int) -> None:
    """Without shrinking, so that there can be many; the seed of each stands in its failure."""
    framer_of = {False: CommandFramer(LIMITS), True: CommandFramer()}
    for number in range(2000):
        seed = f"{budget.SEED}-{batch}-{number}"
        random_ = random.Random(seed)
        data = torn(random_)
        framer = framer_of[random_.random() < 0.5]
        framer.discard()
        framer.authenticated = random_.random() < 0.8
        budget.tried["streams of octets, storm"] += 1
        try:
            framer.feed(data)
            while (event := framer.next()) is not None:
                if isinstance(event, Frame):
                    read(event, utf8=random_.random() < 0.5)
                elif isinstance(event, BadFrame) and event.fatal:
                    framer_of = {False: CommandFramer(LIMITS), True: CommandFramer()}
        except Exception as error:
            error.add_note(f"seed {seed}: {data!r}")
            raise


@settings(max_examples=EXAMPLES // 3, deadline=None)
@given(streams | st.binary(max_size=60).map(lambda piece: piece * 500))
def test_memory_is_bounded_by_the_octets(data: bytes) -> None:
    budget.tried["streams of octets, memory measured"] += 1
    framer = CommandFramer()
    framer.authenticated = True
    tracemalloc.start()
    try:
        framer.feed(data + b"\r\n")
        while (event := framer.next()) is not None:
            if isinstance(event, Frame):
                read(event)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= MEMORY_FIXED + MEMORY_PER_OCTET * len(data)


# The densest commands: many values for few octets, as long as a line may be.
DENSE = [
    b"a1 FETCH 1 BODY[HEADER.FIELDS (%b)]" % b" ".join([b"a"] * 30_000),
    b"a1 FETCH 1 BODY[HEADER.FIELDS (%b)]" % b" ".join([b'"a"'] * 15_000),
    b"a1 SEARCH %b" % b" ".join([b"KEYWORD x"] * 1000),
    b"a1 GETMETADATA x %b" % (b"/shared" + b"/a" * 30_000),
    b'a1 SEARCH TEXT "%b"' % (b"\\\\" * 30_000),
    b"a1 FETCH %b FLAGS" % b",".join([b"1"] * 32_000),
    b"a1 SEARCH %b" % b" ".join([b"1"] * 1000),
    b"a1 SEARCH %b" % b" ".join([b"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"] * 1000),
    b"a1 STORE 1 FLAGS (%b)" % b" ".join(b"%x" % n for n in range(12_000)),
    b'a1 LIST "" (%b)' % b" ".join([b"x"] * 32_000),
    b"a1 ENABLE %b" % b" ".join(b"%x" % n for n in range(12_000)),
    b"a1 FETCH 1 (%b)" % b" ".join(b"BODY[%d]" % n for n in range(1, 6000)),
    b"a1 SORT (%b) UTF-8 ALL" % b" ".join([b"CC"] * 20_000),
    b"a1 SELECT x (%b)" % b" ".join([b"CONDSTORE"] * 6000),
    b"a1 SELECT x (QRESYNC (1 1 (1:4294967295 1:4294967295)))",
    b"a1 STATUS x (%b)" % b" ".join([b"SIZE"] * 12_000),
    b"a1 ID (%b)" % b" ".join([b'"" ""'] * 10_000),
    b"a1 SETQUOTA x (%b)" % b" ".join([b"a 1"] * 15_000),
    b"a1 GETMETADATA x (%b)" % b" ".join([b"/shared/%d" % 1] * 5000),
    b"a1 SETMETADATA x (%b)" % b" ".join(b"/shared/%d NIL" % n for n in range(3000)),
    b"a1 NOTIFY SET %b" % b" ".join([b"(personal NONE)"] * 4000),
    b"a1 NOTIFY SET (mailboxes (%b) NONE)" % b" ".join([b"x"] * 30_000),
    b"a1 NOTIFY SET (personal (%b))" % b" ".join([b"x"] * 30_000),
    b"a1 APPEND x CATENATE (%b)" % b" ".join([b"URL /"] * 10_000),
    b"a1 APPEND x%b" % (b" {0+}\r\n" * 1000),
    b"a1 X%b" % (b" {0+}\r\n" * 1000),
]


@pytest.mark.parametrize("line", DENSE, ids=lambda line: line[:20].decode())
def test_dense_commands_are_bounded(line: bytes) -> None:
    test_memory_is_bounded_by_the_octets.hypothesis.inner_test(line)  # type: ignore[attr-defined]


@settings(max_examples=EXAMPLES // 3, deadline=None)
@given(mutated())
def test_octet_by_octet_is_the_same(data: bytes) -> None:
    check(data, list(range(len(data))), authenticated=True)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(VALID), soup)
def test_arguments_of_every_command(valid: bytes, tail: bytes) -> None:
    head = re.match(rb"\S+ (?:UID )?\S+ ?", valid)
    assert head is not None
    check(head[0] + tail + b"\r\n", [], authenticated=True)


def test_the_valid_commands_are_valid() -> None:
    """Else the mutations above would start from rubbish."""
    for valid in VALID:
        (frame,) = [e for e in conversation([valid], authenticated=True) if isinstance(e, Frame)]
        assert isinstance(read(frame), Tagged), valid


def test_literal_octets_never_become_commands() -> None:
    """A marker that a client could mean as one hides its octets, or the connection ends."""
    for marker in [
        b"{16+}",
        b"~{16+}",
        b"{016+}",
        b"{90+}",
        b"{900+}",
        b"{x+}",
        b"{-16+}",
        b"{16++}",
    ]:
        size = int(digits[0]) if (digits := re.search(rb"[0-9]+", marker)) else 16
        hidden = (b"x1 DELETE INBOX\r\n" * 60)[:size]
        for event in conversation([b"a1 LOGIN " + marker + b"\r\n" + hidden], authenticated=True):
            if isinstance(event, Frame):
                outcome = read(event)
                assert not (isinstance(outcome, Tagged) and outcome.name == "DELETE"), marker


def test_unknown_commands_are_told_apart() -> None:
    (frame,) = conversation([b"a1 XYZZY\r\n"], authenticated=True)
    assert isinstance(frame, Frame)
    assert read(frame)[0] == UnknownCommand.__name__
