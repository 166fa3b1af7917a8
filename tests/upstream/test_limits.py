"""What providers say when we are too much for them, and what only sounds like it."""

from __future__ import annotations

import pytest

from proxyd.imapwire.decode import decode
from proxyd.imapwire.response import Status
from proxyd.upstream.limits import limits_sign_in, limits_work


def status(line: bytes) -> Status:
    found = decode(line)
    assert isinstance(found, Status)
    return found


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        (b"a NO [LIMIT] slow down", True),
        (b"a NO [INUSE] locked", True),
        (b"a NO [ALERT] Too many simultaneous connections. (Failure)", True),
        (b"a NO [OVERQUOTA] Account exceeded command or bandwidth limits.", True),
        (
            b"a NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded"
            b" (mail_max_userip_connections=3)",
            True,
        ),
        (b"* BYE [THROTTLED] later", True),
        (b"a NO [UNAVAILABLE] database down", False),
        (b"a NO [AUTHENTICATIONFAILED] wrong password", False),
        (b"* BYE Logging out", False),
    ],
)
def test_at_the_door(line: bytes, limits: bool) -> None:
    assert limits_sign_in(status(line)) is limits


@pytest.mark.parametrize(
    ("line", "reading", "changing"),
    [
        (b"a NO [THROTTLED] slow", True, True),
        (b"a OK [THROTTLED] Success", True, True),
        (b"a NO [INUSE] locked", True, True),
        (b"a NO [LIMIT] too much", True, False),
        (b"a NO [OVERQUOTA] full", True, False),
        (b"a OK done", False, False),
        (b"a NO [CANNOT] no", False, False),
    ],
)
def test_at_work(line: bytes, reading: bool, changing: bool) -> None:
    assert limits_work(status(line), changes=False) is reading
    assert limits_work(status(line), changes=True) is changing
