"""Items that need no provider, and what the access log calls a reading."""

from __future__ import annotations

import pytest

from imap_frontend.fetch_items import TEMPLATES, known, reading_of
from proxyd.imapwire.command import Fetch, parse_command
from proxyd.imapwire.framer import Frame
from proxyd.service.api.reading import Reading
from proxyd.service.api.rows import Marks, MessageFacts

FACTS = MessageFacts((), 17, " 1-Jul-1996 02:44:25 -0700")


@pytest.mark.parametrize(
    ("saved_us", "text"),
    [
        (None, "NIL"),
        (0, '" 1-Jan-1970 00:00:00 +0000"'),
        (1_795_478_399_999_999, '"23-Nov-2026 23:59:59 +0000"'),
    ],
)
def test_save_date(saved_us, text):
    marks = Marks(2**63 - 1, "M1", "T1", saved_us)
    row = known(1, 2, "()", FACTS, marks)
    assert TEMPLATES["SAVEDATE"].format(*row) == "SAVEDATE " + text
    assert TEMPLATES["MODSEQ"].format(*row) == "MODSEQ (9223372036854775807)"


def test_every_template_has_its_place():
    row = known(5, 20, "(\\Seen)", FACTS, Marks(7, "Me", "Tt", None))
    assert " ".join(TEMPLATES.values()).format(*row) == (
        'UID 20 FLAGS (\\Seen) RFC822.SIZE 17 INTERNALDATE " 1-Jul-1996 02:44:25 -0700" '
        "MODSEQ (7) EMAILID (Me) THREADID (Tt) SAVEDATE NIL"
    )


@pytest.mark.parametrize(
    ("items", "reading"),
    [
        (b"(BINARY[1])", Reading.OPEN),
        (b"(BINARY.PEEK[1]<0.5>)", Reading.COPY),
        (b"(BINARY.PEEK[])", Reading.COPY),
        (b"(BINARY.SIZE[1])", Reading.LIST),
        (b"(PREVIEW)", Reading.LIST),
        (b"(PREVIEW (LAZY) ENVELOPE)", Reading.LIST),
        (b"(BODY.PEEK[1.MIME])", Reading.LIST),
        (b"(BODY.PEEK[] BINARY[2])", Reading.OPEN),
    ],
)
def test_what_the_log_calls_it(items, reading):
    command = parse_command(Frame((b"a FETCH 1 " + items,))).command
    assert isinstance(command, Fetch)
    assert reading_of(command.attributes) is reading
