"""What comes back is the mail as it was written, and names whoever it was to go to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxyd.service.mail.as_draft import as_draft
from proxyd.service.sending.outgoing import Stamp, prepare

STAMP = Stamp("anna", datetime(2026, 11, 30, tzinfo=UTC), "t0ken")
HEAD = b"From: support@example.test\r\nTo: C <c@example.com>\r\nCc: d@example.com\r\n"
REST = b"Message-ID: <m@pc>\r\nDate: Mon, 30 Nov 2026 10:00:00 +0900\r\nSubject: Hi\r\n\r\nText\r\n"


def drafted(message: bytes, *recipients: str) -> bytes:
    outgoing = prepare(message, "support@example.test", recipients, STAMP)
    return as_draft(outgoing.copy, recipients)


def test_nobody_is_missing_and_no_octet_changes() -> None:
    assert drafted(HEAD + REST, "c@example.com", "D@Example.com") == HEAD + REST


def test_who_is_named_nowhere_is_in_bcc() -> None:
    found = drafted(HEAD + REST, "c@example.com", "d@example.com", "x@example.com", "y@example.com")
    assert found == b"Bcc: x@example.com,\r\n y@example.com\r\n" + HEAD + REST


@pytest.mark.parametrize("own", [b"Bcc: Boss <b@example.com>\r\n", b"Bcc:\r\n"])
def test_there_is_one_bcc(own: bytes) -> None:
    found = drafted(HEAD + own + REST, "c@example.com", "b@example.com", "x@example.com")
    assert found.count(b"Bcc:") == 1
    assert b"b@example.com" in found and b"x@example.com" in found
    assert found.endswith(HEAD + REST)


def test_what_waits_goes_out_as_it_was_handed_in() -> None:
    """The copy is what is kept while it waits."""
    message = HEAD + b"Bcc: b@example.com\r\n" + REST
    recipients = ("c@example.com", "b@example.com")
    first = prepare(message, "support@example.test", recipients, STAMP)
    again = prepare(first.copy, "support@example.test", recipients, STAMP)
    assert again.message == first.message == HEAD + REST
    assert (again.digest, again.body_digest, again.copy) == (
        first.digest,
        first.body_digest,
        first.copy,
    )
