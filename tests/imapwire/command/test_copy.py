"""RFC 9051 §6.4.7 and §6.4.8."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Copy, Move, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import SAVED_RESULT, NumSet


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"COPY 2:4 MEETING", Copy(False, NumSet(((2, 4),)), "MEETING")),  # RFC 9051 §6.4.7
        (b"UID COPY 304,319:320 inbox", Copy(True, NumSet(((304, 304), (319, 320))), "INBOX")),
        (b'uid move 5 "Archive"', Move(True, NumSet.of([5]), "Archive")),  # Thunderbird
        (b"MOVE 1:* {6+}\r\n\xe5\xae\x8c\xe4\xba\x86", Move(False, NumSet(((1, 0),)), "完了")),
        (b"UID MOVE $ Archive", Move(True, SAVED_RESULT, "Archive")),  # RFC 5182 §2.1
        (b"COPY $ Archive", Copy(False, SAVED_RESULT, "Archive")),
    ],
)
def test_copy(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"A003 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [b"COPY", b"COPY 1", b"COPY 1 ", b"COPY x y", b"COPY 1 y z", b"MOVE 0 x", b"UID MOVE 1 *"],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
