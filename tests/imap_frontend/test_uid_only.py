"""RFC 9586 §3: each command that names or wants sequence numbers (dialogue: uidonly)."""

from __future__ import annotations

import pytest

from imap_frontend.uid_only import refuse_numbers
from proxyd.imapwire.command import parse_command
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.framer import Frame

REFUSED = [
    b"FETCH 1 FLAGS",
    b"FETCH $ FLAGS",
    b"STORE 1 FLAGS ()",
    b"COPY 1 x",
    b"MOVE 1 x",
    b"SEARCH ALL",
    b"SORT (DATE) UTF-8 ALL",
    b"THREAD REFERENCES UTF-8 ALL",
    b"UID SEARCH 1",
    b"UID SEARCH NOT (OR SEEN (UID 1 *))",
    b"UID SORT (DATE) UTF-8 1:*",
    b"UID THREAD REFERENCES UTF-8 OR 1 2",
    b"SELECT x (QRESYNC (1 1 1:5 (1 1)))",
]
TAKEN = [
    b"UID FETCH 1:* FLAGS",
    b"UID STORE $ FLAGS ()",
    b"UID SEARCH UID 1:* NOT $",
    b"UID SORT (DATE) UTF-8 UID 1",
    b"UID EXPUNGE 1:*",
    b"EXPUNGE",
    b"SELECT x (QRESYNC (1 1 1:5))",
    b"NOOP",
    b"LIST x *",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax, match=r"^\[UIDREQUIRED\] "):
        refuse_numbers(parse_command(Frame((b"a " + text,))).command)


@pytest.mark.parametrize("text", TAKEN)
def test_taken(text: bytes) -> None:
    refuse_numbers(parse_command(Frame((b"a " + text,))).command)
