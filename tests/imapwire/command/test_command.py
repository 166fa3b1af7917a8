"""The table of commands, tags, and what every command has in common."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from proxyd.imapwire.command import (
    COMMAND_NAMES,
    List,
    Noop,
    Rename,
    Tagged,
    UnknownCommand,
    parse_command,
)
from proxyd.imapwire.errors import BadName, BadSyntax
from proxyd.imapwire.frame import Frame, Literal
from proxyd.imapwire.mailbox_name import NO_NAME
from tests.effort import effort_below

Parse = Callable[[bytes], Tagged]
Refused = Callable[[bytes], BadSyntax]

# One valid command of each name; with what lets arguments be checked for their ends.
VALID = {
    "APPEND": b"APPEND x {1+}\r\ny",
    "AUTHENTICATE": b"AUTHENTICATE PLAIN",
    "CAPABILITY": b"CAPABILITY",
    "CHECK": b"CHECK",
    "CLOSE": b"CLOSE",
    "COMPRESS": b"COMPRESS DEFLATE",
    "COPY": b"COPY 1 x",
    "CREATE": b"CREATE x",
    "DELETE": b"DELETE x",
    "DELETEACL": b"DELETEACL x anna",
    "ENABLE": b"ENABLE CONDSTORE",
    "EXAMINE": b"EXAMINE x",
    "EXPUNGE": b"EXPUNGE",
    "FETCH": b"FETCH 1 FLAGS",
    "GETACL": b"GETACL x",
    "GETMETADATA": b"GETMETADATA x /shared/comment",
    "GETQUOTA": b"GETQUOTA x",
    "GETQUOTAROOT": b"GETQUOTAROOT x",
    "ID": b"ID NIL",
    "IDLE": b"IDLE",
    "LIST": b'LIST "" *',
    "LISTRIGHTS": b"LISTRIGHTS x anna",
    "LOGIN": b"LOGIN a b",
    "LOGOUT": b"LOGOUT",
    "LSUB": b'LSUB "" *',
    "MOVE": b"MOVE 1 x",
    "MYRIGHTS": b"MYRIGHTS x",
    "NAMESPACE": b"NAMESPACE",
    "NOOP": b"NOOP",
    "NOTIFY": b"NOTIFY NONE",
    "RENAME": b"RENAME x y",
    "SEARCH": b"SEARCH ALL",
    "SELECT": b"SELECT x",
    "SETACL": b"SETACL x anna lrs",
    "SETMETADATA": b"SETMETADATA x (/shared/comment NIL)",
    "SETQUOTA": b"SETQUOTA x (STORAGE 512)",
    "SORT": b"SORT (DATE) UTF-8 ALL",
    "STARTTLS": b"STARTTLS",
    "STATUS": b"STATUS x (MESSAGES)",
    "STORE": b"STORE 1 FLAGS ()",
    "SUBSCRIBE": b"SUBSCRIBE x",
    "THREAD": b"THREAD REFERENCES UTF-8 ALL",
    "UNSELECT": b"UNSELECT",
    "UNSUBSCRIBE": b"UNSUBSCRIBE x",
}


def test_every_command_is_here() -> None:
    assert set(VALID) == COMMAND_NAMES


@pytest.mark.parametrize("name", VALID)
def test_names_have_no_case(name: str, parse: Parse) -> None:
    upper, lower = (
        parse(b"a1 " + VALID[name]),
        parse(b"a1 " + VALID[name].replace(name.encode(), name.lower().encode())),
    )
    assert upper == lower
    assert (upper.tag, upper.name) == (b"a1", name)


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("tail", [b" (", b"\r", b")", b" x y z", b' "', b" {1+}\r\n\xff"])
def test_nothing_may_follow(name: str, tail: bytes, refused: Refused) -> None:
    more = (name, tail) in (("ENABLE", b" x y z"), ("APPEND", b" {1+}\r\n\xff"))
    if not more:  # of what there may be several
        refused(VALID[name] + tail)


# Commands with every list and word that may be parted by spaces.
SPACED = (
    *VALID.values(),
    b'APPEND x (\\Seen $x) " 1-Feb-1994 00:00:00 +0900" {1+}\r\ny (\\Draft) {1+}\r\nz',
    b'APPEND x CATENATE (TEXT {1+}\r\ny URL "/x;UID=20")',
    b"APPEND x UTF8 (~{1+}\r\ny)",
    b"AUTHENTICATE PLAIN =",
    b"CREATE x (USE (\\Trash))",
    b"ENABLE X Y",
    b"FETCH 1 (UID BODY[HEADER.FIELDS (a b)]<0.5> PREVIEW (LAZY)) (CHANGEDSINCE 7)",
    b"UID FETCH 1 (FLAGS) (CHANGEDSINCE 7 VANISHED)",
    b"GETMETADATA (MAXSIZE 7 DEPTH 1) x (/shared/comment /private/comment)",
    b'ID ("a" "b c" "d" NIL)',
    b'LIST (SUBSCRIBED) "" ("a  b" *) RETURN (CHILDREN STATUS (MESSAGES UNSEEN))',
    b"NOTIFY SET STATUS (selected (MessageNew (UID FLAGS) MessageExpunge)) (subtree (a b) NONE)",
    b'SEARCH RETURN (MIN) CHARSET UTF-8 (OR SEEN NOT FROM "a  b") MODSEQ "/flags/x" all 7',
    b"SELECT x (CONDSTORE QRESYNC (1 2 3:4 (1 2)))",
    b"SORT RETURN (ALL) (REVERSE DATE) UTF-8 HEADER a {1+}\r\ny",
    b"STORE 1 (UNCHANGEDSINCE 7) +FLAGS.SILENT (\\Seen $x)",
    b"STORE 1 FLAGS \\Seen $x",
)
_PARTED = re.compile(rb'("[^"]*"|\{1\+\}\r\n.)| |\((?!\()|\)')
_WIDE = {b" ": b"   ", b"(": b"(  ", b")": b"  )"}


@pytest.mark.parametrize("line", SPACED)
def test_more_spaces_make_no_other_command(line: bytes, parse: Parse) -> None:
    """Dovecot takes them; not between the tag, UID and the name."""
    name, space, rest = line.removeprefix(b"UID ").partition(b" ")
    head = b"a1 " + line[: line.index(name)] + name
    wide = _PARTED.sub(lambda found: found[1] or _WIDE[found[0]], space + rest)
    assert parse(head + wide + b"  ") == parse(b"a1 " + line)


@pytest.mark.parametrize("line", [b"a1  NOOP", b"a1 UID  FETCH 1 UID", b"a1 NOOP\t", b"a1\tNOOP"])
def test_but_these_do(line: bytes, parse: Parse) -> None:
    with pytest.raises(BadSyntax):
        parse(line)


@pytest.mark.parametrize("name", sorted(set(VALID) - {"APPEND"}))
def test_every_shorter_form_is_refused_or_another_command(name: str, parse: Parse) -> None:
    for end in range(len(VALID[name])):
        try:
            tagged = parse(b"a1 " + VALID[name][:end])
        except BadSyntax as bad:
            assert bad.tag == b"a1"
        else:
            assert tagged.name == name


@pytest.mark.parametrize("tag", [b"a1", b"21", b"A.b-c_", b"]", b"~!@#$&'=|}"])
def test_tags(tag: bytes, parse: Parse) -> None:
    assert parse(tag + b" noop") == Tagged(tag, "NOOP", Noop())


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b" a1 NOOP",
        b"+ NOOP",
        b"* NOOP",
        b'"a" NOOP',
        b"a+1 NOOP",
        b"a\\ NOOP",
        b"\xe6 NOOP",
        b"a(b NOOP",
        b"%",
    ],
)
def test_no_tag(line: bytes, parse: Parse) -> None:
    with pytest.raises(BadSyntax) as caught:
        parse(line)
    assert caught.value.tag is None


@pytest.mark.parametrize("line", [b"a1", b"a1 ", b"a1  NOOP", b"a1 (", b"a1 *", b"a1 \xe6"])
def test_a_tag_and_no_command(line: bytes, parse: Parse) -> None:
    with pytest.raises(BadSyntax) as caught:
        parse(line)
    assert caught.value.tag == b"a1"
    assert not isinstance(caught.value, UnknownCommand)


@pytest.mark.parametrize(
    "line",
    [
        b"X-FOO",
        b"FOO bar {1+}\r\nx",
        b"CANCELUPDATE x",
        b"UID",
        b"UID APPEND x {1+}\r\ny",
        b"UID NOOP",
        b"UID LOGIN a b",
        b"UID UID FETCH 1 FLAGS",
        b"NOOPS",
        b"NO",
    ],
)
def test_unknown_commands(line: bytes, refused: Refused) -> None:
    assert isinstance(refused(line), UnknownCommand)


def test_a_broken_name_keeps_its_kind_and_gets_the_tag(refused: Refused) -> None:
    assert isinstance(refused(b"SELECT a&b"), BadName)


def test_names_after_utf8_was_enabled() -> None:
    """RFC 6855 §3: UTF-8, and no modified UTF-7 any more."""
    frames = [Frame((b'a1 RENAME "\xe6\x97\xa5" a&AOk-',)), Frame((b'a1 LIST "" &%',))]
    assert parse_command(frames[0], utf8=True).command == Rename("日", "a&AOk-")
    assert parse_command(frames[1], utf8=True).command == List("", ("&%",))
    assert parse_command(frames[0]).command == Rename("日", "aé")
    assert parse_command(frames[1]).command == List("", (NO_NAME,))
    with pytest.raises(BadName):
        parse_command(Frame((b'a1 SELECT "\xff"',)), utf8=True)


def test_a_frame_that_begins_with_a_literal_is_refused() -> None:
    with pytest.raises(BadSyntax):
        parse_command(Frame((Literal(b"a1 NOOP", 7), b"")))


def test_thunderbirds_header_fetch_is_read_fast(parse: Parse) -> None:
    frame = Frame(
        (
            b"27 UID fetch 1:35,38:42 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc "
            b"Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To "
            b"Content-Type Reply-To Received)])",
        )
    )
    with effort_below(0.5):  # some 15 ms; two cores are shared by all tests
        for _ in range(1000):
            parse_command(frame)
