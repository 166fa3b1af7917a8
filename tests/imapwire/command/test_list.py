"""RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import List, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'LIST "" ""', List("", ("",))),
        (b'list "" "*"', List("", ("*",))),
        (b'LIST "" %', List("", ("%",))),
        (b'list "" "INBOX"', List("", ("INBOX",))),  # Thunderbird
        (b'LIST "" inbox/%', List("", ("INBOX/%",))),
        (b"LIST ~/Mail/ %", List("~/Mail/", ("%",))),  # RFC 9051 §6.3.9
        (
            b'list (subscribed) "" "*" return (special-use)',  # Thunderbird
            List("", ("*",), frozenset({"SUBSCRIBED"}), frozenset({"SPECIAL-USE"}), extended=True),
        ),
        (
            b'LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"',  # RFC 5258 §5
            List("", ("%",), frozenset({"SUBSCRIBED", "RECURSIVEMATCH"}), extended=True),
        ),
        (b'LIST () "" "%"', List("", ("%",), extended=True)),
        (
            b'LIST (REMOTE) "" "%" RETURN (CHILDREN)',
            List("", ("%",), frozenset({"REMOTE"}), frozenset({"CHILDREN"}), extended=True),
        ),
        (
            b'LIST "" ("INBOX" "Drafts" Sent/%)',
            List("", ("INBOX", "Drafts", "Sent/%"), extended=True),
        ),
        (
            b'LIST "" % RETURN (STATUS (MESSAGES UNSEEN) SUBSCRIBED)',  # RFC 5819 §2
            List(
                "",
                ("%",),
                returns=frozenset({"SUBSCRIBED"}),
                status=("MESSAGES", "UNSEEN"),
                extended=True,
            ),
        ),
        (
            b'LIST "" % RETURN (MYRIGHTS SPECIAL-USE STATUS (HIGHESTMODSEQ))',  # RFC 8440 §3
            List(
                "",
                ("%",),
                returns=frozenset({"MYRIGHTS", "SPECIAL-USE"}),
                status=("HIGHESTMODSEQ",),
                extended=True,
            ),
        ),
        (b'LIST "" % RETURN ()', List("", ("%",), extended=True)),
        (b'LIST "" {2+}\r\n&-', List("", ("&",))),
    ],
)
def test_list(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"99 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"LIST",
        b'LIST ""',
        b'LIST "" ',
        b'LIST "" () ',
        b'LIST "" ()',
        b'LIST "" (a',
        b'LIST (FOO) "" *',
        b'LIST (RECURSIVEMATCH) "" *',
        b'LIST (RECURSIVEMATCH REMOTE) "" *',
        b'LIST (SUBSCRIBED)"" *',
        b'LIST "" * RETURN',
        b'LIST "" * RETURN (FOO)',
        b'LIST (MYRIGHTS) "" *',
        b'LIST "" * RETURN (STATUS)',
        b'LIST "" * RETURN (STATUS ())',
        b'LIST "" * RETURN (STATUS (FOO))',
        b'LIST "" * RETURN (CHILDREN',
        b'LIST "" * FOO (CHILDREN)',
        b'LIST "" * (CHILDREN)',
        b"LIST * *",
        b'LIST "" (' + b" ".join([b"*"] * 101) + b")",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
