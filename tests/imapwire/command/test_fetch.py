"""RFC 9051 §6.4.5; the attributes themselves are tested in test_fetch_attribute."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Fetch, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.numset import SAVED_RESULT, NumSet

ALL_FROM_1 = NumSet(((1, 0),))
SOME = NumSet(((1, 35), (38, 42)))
FLAGS, UID, SIZE = FetchAttribute("FLAGS"), FetchAttribute("UID"), FetchAttribute("RFC822.SIZE")
WHOLE = FetchAttribute("BODY[]", b"")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])",  # RFC 9051 §6.4.5
            Fetch(
                False,
                NumSet(((2, 4),)),
                (FLAGS, FetchAttribute("BODY[]", b"HEADER.FIELDS (DATE FROM)")),
            ),
        ),
        (b"UID fetch 1:* (FLAGS)", Fetch(True, ALL_FROM_1, (FLAGS,))),  # Thunderbird
        (
            b"UID fetch 1:35,38:42 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To "
            b"Message-ID)])",
            Fetch(
                True,
                SOME,
                (
                    UID,
                    SIZE,
                    FLAGS,
                    FetchAttribute("BODY[]", b"HEADER.FIELDS (FROM TO MESSAGE-ID)", True),
                ),
            ),
        ),
        (
            b"UID fetch 1:35,38:42 (UID RFC822.SIZE BODY.PEEK[])",
            Fetch(True, SOME, (UID, SIZE, FetchAttribute("BODY[]", b"", True))),
        ),
        (b"UID fetch 7 (UID RFC822.SIZE BODY[])", Fetch(True, NumSet.of([7]), (UID, SIZE, WHOLE))),
        (
            b"UID fetch 7 BODY[]<0.65536>",
            Fetch(True, NumSet.of([7]), (FetchAttribute("BODY[]", b"", False, (0, 65536)),)),
        ),
        (
            b"FETCH 1 fast",
            Fetch(False, NumSet.of([1]), (FLAGS, FetchAttribute("INTERNALDATE"), SIZE)),
        ),
        (b"FETCH 1 (FLAGS UID flags)", Fetch(False, NumSet.of([1]), (FLAGS, UID))),
        (
            b"UID fetch 1:* (FLAGS) (CHANGEDSINCE 9223372036854775807)",
            Fetch(True, ALL_FROM_1, (FLAGS,), 2**63 - 1),
        ),
        (
            b"UID FETCH 1:* FLAGS (changedsince 7 vanished)",
            Fetch(True, ALL_FROM_1, (FLAGS,), 7, True),
        ),
        (
            b"FETCH 1 (FLAGS) (CHANGEDSINCE 0)",
            Fetch(False, NumSet.of([1]), (FLAGS,), 0),
        ),
        (b"FETCH $ FLAGS", Fetch(False, SAVED_RESULT, (FLAGS,))),  # RFC 5182 §2.1
        (
            b"UID FETCH $ (UID PREVIEW (LAZY)) (VANISHED CHANGEDSINCE 3)",
            Fetch(True, SAVED_RESULT, (UID, FetchAttribute("PREVIEW", lazy=True)), 3, True),
        ),
        (
            b"FETCH 1 PREVIEW (CHANGEDSINCE 3)",  # the modifier is FETCH's
            Fetch(False, NumSet.of([1]), (FetchAttribute("PREVIEW"),), 3),
        ),
        (
            b"FETCH 1 PREVIEW (LAZY) (CHANGEDSINCE 3)",
            Fetch(False, NumSet.of([1]), (FetchAttribute("PREVIEW", lazy=True),), 3),
        ),
    ],
)
def test_fetch(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"26 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"FETCH",
        b"FETCH 1",
        b"FETCH 1 ",
        b"FETCH x FLAGS",
        b"FETCH 0 FLAGS",
        b"FETCH 1, FLAGS",
        b"FETCH 1 ()",
        b"FETCH 1 (FLAGS",
        b"FETCH 1 FLAGS UID",
        b"FETCH 1 (ALL)",
        b"FETCH 1 (FLAGS) x",
        b"FETCH 1 (FLAGS) (CHANGEDSINCE x)",
        b"FETCH 1 (FLAGS) (CHANGEDSINCE 9223372036854775808)",
        b"FETCH 1 (FLAGS) ()",
        b"FETCH 1 (FLAGS) (CHANGEDSINCE)",
        b"FETCH 1 (FLAGS) (CHANGEDSINCE -1)",
        b"FETCH 1 (FLAGS) (CHANGEDSINCE 7 VANISHED)",  # RFC 7162 §3.2.6: by UID only
        b"UID FETCH 1 (FLAGS) (VANISHED)",  # and only with CHANGEDSINCE
        b"UID FETCH 1 (FLAGS) (PARTIAL 1:5)",
        b"UID FETCH 1 (FLAGS) CHANGEDSINCE 7",
        b"FETCH $:5 FLAGS",
        b"FETCH $,5 FLAGS",
        b"FETCH 1 PREVIEW (FAST)",
        b"FETCH 1 (PREVIEW (FAST))",
        b"FETCH 1 BODY[1",
        b"FETCH 1 (" + b" ".join(b"BODY[%d]" % n for n in range(1, 102)) + b")",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
