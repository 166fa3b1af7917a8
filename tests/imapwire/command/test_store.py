"""RFC 9051 §6.4.6, RFC 7162 §3.1.3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Store, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import SAVED_RESULT, NumSet

FIVE = NumSet.of([5])


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"STORE 2:4 +FLAGS (\\Deleted)",  # RFC 9051 §6.4.6
            Store(False, NumSet(((2, 4),)), "+", False, ("\\Deleted",)),
        ),
        (b"uid store 5 +Flags (\\Seen)", Store(True, FIVE, "+", False, ("\\Seen",))),  # Thunderbird
        (b"uid store 5 +FLAGS (qa-open)", Store(True, FIVE, "+", False, ("qa-open",))),
        (
            b"UID STORE 5 -FLAGS.SILENT ($status-done $assignee-anna)",
            Store(True, FIVE, "-", True, ("$status-done", "$assignee-anna")),
        ),
        (b"STORE 5 FLAGS ()", Store(False, FIVE, "=", False, ())),
        (b"STORE 5 flags.silent \\seen x \\SEEN", Store(False, FIVE, "=", True, ("\\Seen", "x"))),
        (b"STORE * FLAGS =e5=af=be", Store(False, NumSet(((0, 0),)), "=", False, ("=e5=af=be",))),
        (
            b"STORE 7,5,9 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\\Deleted)",  # RFC 7162 §3.1.3
            Store(False, NumSet(((7, 7), (5, 5), (9, 9))), "+", True, ("\\Deleted",), 320162338),
        ),
        (
            b"UID STORE $ (unchangedsince 0) FLAGS ()",
            Store(True, SAVED_RESULT, "=", False, (), 0),
        ),
    ],
)
def test_store(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"A003 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"STORE",
        b"STORE 1",
        b"STORE 1 FLAGS",
        b"STORE 1 FLAGS ",
        b"STORE 1 FLAGS(x)",
        b"STORE 1 *FLAGS (x)",
        b"STORE 1 + FLAGS (x)",
        b"STORE 1 +FLAG (x)",
        b"STORE 1 +FLAGSX (x)",
        b"STORE 1 +FLAGS.LOUD (x)",
        b"STORE 1 +FLAGS (\\Recent)",
        b"STORE 1 +FLAGS (\\Odd)",
        b"STORE 1 +FLAGS (\\*)",
        b"STORE 1 +FLAGS (x",
        b"STORE 1 +FLAGS (x) y",
        b"STORE 1 +FLAGS x (y)",
        b'STORE 1 +FLAGS ("x")',
        b"STORE 1 +FLAGS (\xe6\x97\xa5)",
        b"STORE 1 () +FLAGS (x)",
        b"STORE 1 (UNCHANGEDSINCE) +FLAGS (x)",
        b"STORE 1 (UNCHANGEDSINCE 9223372036854775808) +FLAGS (x)",
        b"STORE 1 (UNCHANGEDSINCE 5 UNCHANGEDSINCE 5) +FLAGS (x)",
        b"STORE 1 (UNCHANGEDSINCE 5)+FLAGS (x)",
        b"STORE 1 (UNCHANGEDSINCE 5)",
        b"STORE 1 (CHANGEDSINCE 5) +FLAGS (x)",
        b"STORE 1 +FLAGS (x) (UNCHANGEDSINCE 5)",
        b"STORE $,1 +FLAGS (x)",
        b"STORE x +FLAGS (x)",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
