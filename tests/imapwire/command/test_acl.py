"""RFC 4314 §3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import DeleteAcl, GetAcl, ListRights, MyRights, SetAcl, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"GETACL INBOX", GetAcl("INBOX")),  # RFC 4314 §3.3
        (b"SETACL INBOX/Drafts John lrswicda", SetAcl("INBOX/Drafts", "John", "lrswicda")),  # §3.1
        (b"setacl inbox Fred +lr", SetAcl("INBOX", "Fred", "+lr")),
        (b'SETACL INBOX "anna b" "-x1"', SetAcl("INBOX", "anna b", "-x1")),
        (b'SETACL INBOX anyone ""', SetAcl("INBOX", "anyone", "")),
        (b"DELETEACL INBOX -Fred", DeleteAcl("INBOX", "-Fred")),  # §3.2
        (b"LISTRIGHTS ~/Mail/saved smith", ListRights("~/Mail/saved", "smith")),  # §3.4
        (b"LISTRIGHTS x {6+}\r\n\xe4\xba\xba\xe9\x96\x93", ListRights("x", "人間")),
        (b"MYRIGHTS &ZeU-", MyRights("日")),  # §3.5
    ],
)
def test_acl(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"GETACL",
        b"GETACL a b",
        b"GETACL *",
        b"SETACL a b",
        b"SETACL a b ",
        b"SETACL a b LRS",  # §2.1: uppercase rights are not allowed
        b"SETACL a b +-l",
        b"SETACL a b l+r",
        b'SETACL a b "l r"',
        b"SETACL a b (lr)",
        b"SETACL a b lr s",
        b"SETACL a&b c lr",
        b"DELETEACL a",
        b"DELETEACL a b c",
        b"DELETEACL a {1+}\r\n\xff",
        b'DELETEACL a "b\tc"',
        b"LISTRIGHTS a",
        b"LISTRIGHTS a (b)",
        b"MYRIGHTS",
        b"MYRIGHTS (a)",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
