"""RFC 9208 §4.1."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import GetQuota, GetQuotaRoot, SetQuota, Tagged
from proxyd.imapwire.command.quota import MAX_LIMITS
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'GETQUOTA "!partition/sda4"', GetQuota("!partition/sda4")),  # RFC 9208 §4.1.1
        (b'getquota ""', GetQuota("")),
        (b"GETQUOTA {6+}\r\n\xe6\x97\xa5\xe6\x9c\xac", GetQuota("日本")),
        (b"GETQUOTAROOT inbox", GetQuotaRoot("INBOX")),  # §4.1.2
        (b'SETQUOTA "" (STORAGE 512)', SetQuota("", (("STORAGE", 512),))),  # §4.1.3
        (
            b"SETQUOTA x (storage 0 MESSAGE 9223372036854775807 x-y 1)",
            SetQuota("x", (("STORAGE", 0), ("MESSAGE", 2**63 - 1), ("X-Y", 1))),
        ),
        (b"SETQUOTA x ()", SetQuota("x", ())),
    ],
)
def test_quota(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"GETQUOTA",
        b"GETQUOTA a b",
        b"GETQUOTA (a)",
        b"GETQUOTA {1+}\r\n\xff",
        b'GETQUOTA "a\tb"',
        b"GETQUOTA ~{1+}\r\na",
        b"GETQUOTAROOT",
        b"GETQUOTAROOT a b",
        b"GETQUOTAROOT %",
        b"SETQUOTA a",
        b"SETQUOTA a STORAGE 512",
        b"SETQUOTA a (STORAGE)",
        b"SETQUOTA a (STORAGE x)",
        b"SETQUOTA a (STORAGE -1)",
        b"SETQUOTA a (STORAGE 9223372036854775808)",
        b"SETQUOTA a (512 STORAGE)",
        b"SETQUOTA a (STORAGE 1",
        b"SETQUOTA a (STORAGE 1) b",
        b"SETQUOTA a (" + b" ".join([b"STORAGE 1"] * (MAX_LIMITS + 1)) + b")",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
