"""RFC 9051 §6.4.3 and §6.4.9."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Expunge, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import SAVED_RESULT, NumSet


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"EXPUNGE", Expunge(None)),
        (b"UID EXPUNGE 3000:3002", Expunge(NumSet(((3000, 3002),)))),  # RFC 4315 §2.1
        (b"uid expunge *", Expunge(NumSet(((0, 0),)))),
        (b"UID EXPUNGE $", Expunge(SAVED_RESULT)),
    ],
)
def test_expunge(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    tagged = parse(b"a " + line)
    assert (tagged.name, tagged.command) == ("EXPUNGE", command)


@pytest.mark.parametrize(
    "line", [b"EXPUNGE 1", b"UID EXPUNGE", b"UID EXPUNGE x", b"UID  EXPUNGE 1"]
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
