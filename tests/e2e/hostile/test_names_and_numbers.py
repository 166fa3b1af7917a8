"""What a provider calls its folders, and how it numbers them and their mails: whatever it says, no
folder and no mail is hidden by it, and what can't be read is told (the table of test_reading.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.hostile import quirks
from tests.e2e.hostile.cases import (
    Case,
    all_say_the_same,
    clients_get_all_that_there_is,
    furnished,
    well,
)
from tests.e2e.hostile.house import House, Seen
from tests.servers.certificates import Certificates

CASES: dict[str, Case] = {
    "list-unreadable": Case(
        quirks.listed(b"* LIST (\\HasNoChildren) what is this\r\n"), (("names", "", ()),)
    ),
    "list-no-name": Case(quirks.listed(b'* LIST () "/"\r\n'), (("names", "", ()),)),
    "list-nul": well(quirks.listed(b'* LIST (\\Noselect) "/" {3}\r\na\0b\r\n')),
    "list-control": well(quirks.listed(b'* LIST (\\Noselect) "/" "a\x07\x1b[31mb"\r\n')),
    "list-long": well(quirks.listed(b'* LIST (\\Noselect) "/" "' + b"x" * 2000 + b'"\r\n')),
    "list-deep": well(quirks.listed(b'* LIST (\\Noselect) "/" "' + b"x/" * 900 + b'x"\r\n')),
    "list-utf7": well(quirks.listed(b'* LIST (\\Noselect) "/" "&&&-&ABC"\r\n')),
    "list-ours": Case(
        quirks.listed(b'* LIST (\\Noselect) "/" Status/Open\r\n'), open=b"Status (proxyd)/Open"
    ),
    "list-shared": well(quirks.listed(b'* LIST (\\Noselect) "/" "Shared/x/INBOX"\r\n')),
    "list-case": well(
        quirks.listed(b'* LIST () "/" inbox\r\n* LIST (\\Noselect) "/" Inbox/child\r\n')
    ),
    "list-twice": well(quirks.listed(b'* LIST () "/" Work\r\n* LIST () "/" "Work"\r\n')),
    "list-nil": well(quirks.each(lambda text: text.replace(b' "/" ', b" NIL "))),
    "list-two": well(quirks.each(lambda text: text.replace(b' "/" ', b' "::" '))),
    "list-changing": well(
        quirks.each(
            lambda text: text.replace(b' "/" Work', b' "." Work').replace(b"(\\Has", b"(\\has")
        )
    ),
    "validity-zero": Case(
        quirks.numbered_work(rb"UIDVALIDITY \d+", b"UIDVALIDITY 0"),
        (("folder", "Work", ()),),
        work=0,
    ),
    "validity-none": Case(
        quirks.numbered_work(rb"UIDVALIDITY", b"XVALIDITY"), (("folder", "Work", ()),), work=0
    ),
    "validity-huge": well(quirks.numbered_work(rb"UIDVALIDITY \d+", b"UIDVALIDITY 99999999999")),
    "uidnext-low": well(quirks.each(lambda text: re.sub(rb"UIDNEXT \d+", b"UIDNEXT 2", text))),
    "uidnext-zero": well(quirks.each(lambda text: re.sub(rb"UIDNEXT \d+", b"UIDNEXT 0", text))),
    "uidnext-huge": well(
        quirks.each(lambda text: re.sub(rb"UIDNEXT \d+", b"UIDNEXT 99999999999", text))
    ),
    "exists-shrinks": well(
        quirks.each(
            lambda text: (
                text + b"* 2 EXISTS\r\n* 5 EXISTS\r\n" if text.startswith(b"* 5 EXISTS") else text
            )
        )
    ),
    "size-small": well(quirks.value(b"RFC822.SIZE", b"3")),
    "size-big": well(quirks.value(b"RFC822.SIZE", b"4000000000")),
    "date-nonsense": well(quirks.value(b"INTERNALDATE", b'"99-Foo-20226 99:99:99 +9999"')),
    "literal-short": well(quirks.short_literal()),
}
NAMES = list(CASES)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("hostile"), certificates, CASES) as house:
        yield house


@pytest.mark.parametrize("name", NAMES)
def test_clients_get_all_that_there_is(house: House, name: str) -> None:
    clients_get_all_that_there_is(house, name, CASES[name])


@pytest.mark.parametrize("name", NAMES)
def test_log_readiness_metrics_and_status_say_the_same(house: House, name: str) -> None:
    all_say_the_same(house, name, CASES[name])


def test_the_command_line_says_the_same(house: House) -> None:
    told = house.status()
    assert {name: told[name] for name in NAMES} == {
        name: {Seen(*one) for one in case.told} for name, case in CASES.items()
    }
