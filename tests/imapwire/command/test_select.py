"""RFC 9051 §6.3.2 and §6.3.3, RFC 7162 §3.1.8, §3.2.5 and §7."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import QresyncParameter, Select, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import NumSet

RANGE = NumSet(((1, 3),))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"SELECT INBOX", Select("INBOX", False)),
        (b'select "inbox"', Select("INBOX", False)),  # Thunderbird
        (b"EXAMINE blurdybloop", Select("blurdybloop", True)),  # RFC 9051 §6.3.3
        (b"SELECT INBOX (CONDSTORE)", Select("INBOX", False, condstore=True)),
        (b"examine INBOX (condstore CONDSTORE)", Select("INBOX", True, condstore=True)),
        (
            b"SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",  # §3.2.5.1
            Select(
                "INBOX",
                False,
                qresync=QresyncParameter(
                    67890007, 20050715194045000, NumSet(((41, 41), (43, 211), (214, 541)))
                ),
            ),
        ),
        (
            b"SELECT INBOX (QRESYNC (67890007 90060115194045000 1:29997 (5000,7500,9000,9990:9999 "
            b"15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,29997)))",
            Select(
                "INBOX",
                False,
                qresync=QresyncParameter(
                    67890007,
                    90060115194045000,
                    NumSet(((1, 29997),)),
                    (
                        NumSet.of([5000, 7500, 9000, *range(9990, 10000)]),
                        NumSet.of([15000, 22500, 27000, *range(29970, 29998, 3)]),
                    ),
                ),
            ),
        ),
        (
            b"EXAMINE x (qresync (1 0 (1:3 4:6)) condstore)",
            Select("x", True, True, QresyncParameter(1, 0, None, (RANGE, NumSet(((4, 6),))))),
        ),
        (b'SELECT "&ZeVnLIqe-/a b"', Select("日本語/a b", False)),
        (b"SELECT {9+}\r\n\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", Select("日本語", False)),
        (b'SELECT ""', Select("", False)),
    ],
)
def test_select(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    tagged = parse(b"25 " + line)
    assert tagged.command == command
    assert tagged.name in ("SELECT", "EXAMINE")


@pytest.mark.parametrize(
    "line",
    [
        b"SELECT",
        b"SELECT ",
        b"SELECT a b",
        b"SELECT a ()",
        b"SELECT a (",
        b"SELECT a CONDSTORE",
        b"SELECT a (x)",
        b"SELECT a (CONDSTORE 5)",
        b"SELECT a (QRESYNC)",
        b"SELECT a (QRESYNC 1 2)",
        b"SELECT a (QRESYNC (1))",
        b"SELECT a (QRESYNC (0 2))",
        b"SELECT a (QRESYNC (4294967296 2))",
        b"SELECT a (QRESYNC (1 9223372036854775808))",
        b"SELECT a (QRESYNC (1 2 *))",
        b"SELECT a (QRESYNC (1 2 1:*))",
        b"SELECT a (QRESYNC (1 2 $))",
        b"SELECT a (QRESYNC (1 2 1:3 4))",
        b"SELECT a (QRESYNC (1 2 (1:3)))",
        b"SELECT a (QRESYNC (1 2 (1:3 4:5)))",  # not in pairs
        b"SELECT a (QRESYNC (1 2 (3:1 4:6)))",  # not in ascending order
        b"SELECT a (QRESYNC (1 2 (1,1 4:5)))",
        b"SELECT a (QRESYNC (1 2 (1:3 4:5,5)))",
        b"SELECT a (QRESYNC (1 2 (1:* 4:5)))",
        b"SELECT a (QRESYNC (1 2 (1:3 4:6) 7))",
        b"SELECT a (QRESYNC (1 2 (1:3 4:6)) x)",
        b"SELECT *",
        b"SELECT a&b",
        b"SELECT {1+}\r\n\xff",
        b"SELECT {3+}\r\na\r\n",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
