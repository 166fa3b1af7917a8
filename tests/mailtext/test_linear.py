"""Whatever is sent, reading it takes time in proportion: twice as much of it takes about twice as
long. Measured in processor time of this thread, which other work on the machine does not lengthen
by much; a quadratic reader takes four times as long, and for a megabyte minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from proxyd.domain.header_facts import header_facts
from proxyd.domain.thread import parse_headers
from proxyd.imapwire.mime import envelope
from proxyd.mailtext.addresses import addresses
from proxyd.mailtext.authors import Ambiguous, authors
from proxyd.mailtext.base_subject import base_subject
from proxyd.mailtext.charsets import in_charset
from proxyd.mailtext.cutting import CannotCut, cut, text_of
from proxyd.mailtext.dates import sent_us
from proxyd.mailtext.fields import Header, fields
from proxyd.mailtext.ids import answered_ids, message_ids, own_id
from proxyd.mailtext.parameters import valued
from proxyd.mailtext.topic import topic
from proxyd.mailtext.words import decoded, groups
from tests.effort import effort_of

UNITS = [
    *(
        b"(",
        b")",
        b'"',
        b"\\",
        b'"\\',
        b"(\\",
        b"<",
        b">",
        b"<a",
        b"a@",
        b"@a,",
        b",",
        b",,;:",
        b":",
    ),
    *(b"a<", b"<@a,", b"a ", b"a.", b" ", b"[", b"[]", b";", b";=", b';a="', b"g:", b"g:a@b;,"),
    *(b"=?", b"=?a?b?", b"=?a?q?x?=", b"=?a?q?x?= ", b"=?utf-8?B?5bGx?=\r\n ", b"?=", b"=", b"=41"),
    *(
        b"\r\n ",
        b"\n",
        b"a:\n",
        b"\x1b$B",
        b"\x1b$Ba",
        b"\xff",
        b"\xe3\x81",
        b"\x8f",
        b"re:",
        b"re[1",
        b"[a]",
    ),
    *(b"(fwd)", b"[fwd:", b"1 ", b"Mon, ", b"<a@b> ", b"a@b ", b"<a@b", b"!", b"\0"),
]
SIZE = 32_768
# Below this the clock tells more of the machine than of the reader.
TELLING_S = 0.01
LOOSE = 3.2  # doubling; 4 would be quadratic
TRIES = 6


def _cut(value: bytes) -> None:
    with suppress(CannotCut):
        cut(value, 1, min(9, len(text_of(value))))


def _authors(value: bytes) -> None:
    with suppress(Ambiguous):
        authors(value)


READERS: dict[str, Callable[[bytes], object]] = {
    "fields": fields,
    "header": Header,
    "addresses": lambda value: list(addresses(value)),
    "authors": _authors,
    "ids": lambda value: (message_ids(value), answered_ids(value), own_id(value)),
    "dates": sent_us,
    "words": lambda value: (decoded(value), list(groups(value))),
    "charsets": lambda value: [in_charset(value, name) for name in ("iso-2022-jp", "euc-jp", "x")],
    "parameters": valued,
    "base subject": lambda value: base_subject(value.decode("latin-1")),
    "topic": lambda value: topic(value.decode("utf-8", "replace")),
    "cutting": _cut,
    "envelope": lambda value: envelope(b"From: " + value + b"\r\n\r\n"),
    "thread": lambda value: parse_headers(b"From: " + value + b"\r\nReferences: " + value),
    "facts": lambda value: header_facts(b"Subject: " + value + b"\r\nTo: " + value),
}


@pytest.mark.parametrize("name", READERS)
def test_linear(name: str) -> None:
    reader = READERS[name]
    for unit in UNITS:
        once = unit * (SIZE // len(unit))
        for _ in range(TRIES):
            single = effort_of(lambda: reader(once), runs=1)  # noqa: B023 - called at once
            double = effort_of(lambda: reader(once * 2), runs=1)  # noqa: B023
            if double < TELLING_S or double < LOOSE * single:
                break
        else:
            pytest.fail(f"{unit!r}: {single:.3f} s, twice as much {double:.3f} s")
