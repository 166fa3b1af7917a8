"""RFC 9051 §6.3.4 to §6.3.8."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Create, Delete, Rename, Subscribe, Tagged, Unsubscribe
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"CREATE owatagusiam/", Create("owatagusiam/")),  # RFC 9051 §6.3.4
        (b"create owatagusiam/blurdybloop", Create("owatagusiam/blurdybloop")),
        (b"CREATE MySpecial (USE (\\Drafts))", Create("MySpecial", "\\Drafts")),  # RFC 6154 §5.2
        (b"create x (use (\\JUNK))", Create("x", "\\Junk")),
        (b"CREATE x (USE (\\sent \\Sent))", Create("x", "\\Sent")),
        (b"CREATE x (USE (\\Odd))", Create("x", "\\Odd")),
        (b"CREATE x (USE ())", Create("x")),
        (b"DELETE blurdybloop", Delete("blurdybloop")),  # §6.3.5
        (b"RENAME blurdybloop sarasoon", Rename("blurdybloop", "sarasoon")),  # §6.3.6
        (b'rename inbox "old mail"', Rename("INBOX", "old mail")),
        (b"RENAME {1+}\r\na {1+}\r\nb", Rename("a", "b")),
        (b"SUBSCRIBE #news.comp.mail.mime", Subscribe("#news.comp.mail.mime")),  # §6.3.7
        (b"UNSUBSCRIBE &ZeU-", Unsubscribe("日")),
    ],
)
def test_folders(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"CREATE",
        b"CREATE ",
        b"CREATE a b",
        b"CREATE a ()",
        b"CREATE a (USE)",
        b"CREATE a (USE \\Archive)",
        b"CREATE a USE (\\Archive)",
        b"CREATE a (USE (Archive))",
        b"CREATE a (USE (\\Archive \\Sent))",
        b"CREATE a (USE (\\Archive)",
        b"CREATE a (USE (\\Archive) X)",
        b"CREATE a (X (\\Archive))",
        b"DELETE %",
        b"RENAME a",
        b"RENAME a ",
        b"RENAME a b c",
        b"SUBSCRIBE (a)",
        b'UNSUBSCRIBE "a',
        b"CREATE &AOk",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
