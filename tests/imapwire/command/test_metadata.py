"""RFC 5464 §4.2 and §4.3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import GetMetadata, SetMetadata, Tagged
from proxyd.imapwire.command.metadata import MAX_ENTRIES
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'GETMETADATA "" /shared/comment', GetMetadata("", ("/shared/comment",))),  # §4.2
        (
            b'GETMETADATA "INBOX" (/shared/comment /private/Comment)',
            GetMetadata("INBOX", ("/shared/comment", "/private/comment")),
        ),
        (
            b'GETMETADATA "INBOX" (MAXSIZE 1024) (/shared/comment /private/comment)',  # §4.2.1
            GetMetadata("INBOX", ("/shared/comment", "/private/comment"), 1024),
        ),
        (
            b'GETMETADATA "INBOX" (DEPTH 1) (/private/filters/values)',  # §4.2.2
            GetMetadata("INBOX", ("/private/filters/values",), None, "1"),
        ),
        (
            b"getmetadata (depth Infinity maxsize 0) inbox /shared",  # as in the grammar
            GetMetadata("INBOX", ("/shared",), 0, "infinity"),
        ),
        (
            b'GETMETADATA "INBOX" /private/comment /shared/comment',  # §4.4.1
            GetMetadata("INBOX", ("/private/comment", "/shared/comment")),
        ),
        (
            b'GETMETADATA x ("/shared/vendor/a b" {8+}\r\n/private "/SHARED/VENDOR/A B" /shared)',
            GetMetadata("x", ("/shared/vendor/a b", "/private", "/shared")),
        ),
        (  # §4.3
            b"SETMETADATA INBOX (/private/comment {33+}\r\nMy new comment across\r\ntwo lines.)",
            SetMetadata("INBOX", (("/private/comment", b"My new comment across\r\ntwo lines."),)),
        ),
        (
            b'setmetadata "" (/Private/Comment NIL /shared/comment "" /shared/x ~{3+}\r\na\0b)',
            SetMetadata(
                "", (("/private/comment", None), ("/shared/comment", b""), ("/shared/x", b"a\0b"))
            ),
        ),
    ],
)
def test_metadata(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"GETMETADATA",
        b"GETMETADATA x",
        b"GETMETADATA x ",
        b"GETMETADATA x ()",
        b"GETMETADATA x (MAXSIZE 5)",
        b"GETMETADATA x (MAXSIZE) /shared/a",
        b"GETMETADATA x (MAXSIZE 4294967296) /shared/a",
        b"GETMETADATA x (MAXSIZE x) /shared/a",
        b"GETMETADATA x (DEPTH 2) /shared/a",
        b"GETMETADATA x (DEPTH) /shared/a",
        b"GETMETADATA x (FOO 1) /shared/a",
        b"GETMETADATA x (DEPTH 1)/shared/a",
        b"GETMETADATA (DEPTH 1) x (MAXSIZE 1) /shared/a",  # once or the other way
        b"GETMETADATA () x /shared/a",
        b"GETMETADATA (DEPTH 1 x /shared/a",
        b"GETMETADATA x /other/a",
        b"GETMETADATA x /sharedness",
        b"GETMETADATA x shared/a",
        b"GETMETADATA x /shared/",
        b"GETMETADATA x /shared//a",
        b'GETMETADATA x "/shared/a*"',
        b'GETMETADATA x "/shared/a%"',
        b'GETMETADATA x "/shared/\xc3\xa9"',
        b'GETMETADATA x "/shared/a\tb"',
        b"GETMETADATA x ~{9+}\r\n/shared/a",
        b"GETMETADATA x (" + b" ".join(b"/shared/%d" % n for n in range(MAX_ENTRIES + 1)) + b")",
        b"SETMETADATA x",
        b"SETMETADATA x ()",
        b"SETMETADATA x /shared/a NIL",
        b"SETMETADATA x (/shared/a)",
        b"SETMETADATA x (/shared/a b)",
        b"SETMETADATA x (/shared/a NIL /SHARED/a NIL)",  # which of them?
        b"SETMETADATA x (/shared/a {1+}\r\n\0)",
        b"SETMETADATA x (/shared/a NIL) y",
        b"SETMETADATA x (DEPTH 1) (/shared/a NIL)",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
