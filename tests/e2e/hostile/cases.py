"""What is asserted of a bad provider, whatever it does: a row of a table, and its two questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.hostile.house import BAD, MAILS, WORK, House, Seen
from tests.e2e.hostile.provider import CUT, FAITHFUL, Quirk
from tests.patience import until
from tests.servers.certificates import Certificates

NO = b"TAG NO it does not work\r\n"
BUG = b"TAG NO [SERVERBUG] Internal error occurred. Refer to server log\r\n"
BADLY = b"TAG BAD what?\r\n"
BYE = b"* BYE something went wrong\r\n" + CUT
SILENCE = b""
ALL = tuple(range(1, MAILS + 1))
BODY = rb"BODY\.PEEK\["
TEXT = rb"BODY\.PEEK\[|BODYSTRUCTURE|ENVELOPE"
SHOWN = "mails", "INBOX", (BAD,)
FLAGGED = "flags", "INBOX", (BAD,)


@dataclass(frozen=True)
class Case:
    """``blank``: the bad mail is in the list without what it says. ``inbox``, ``work``: messages;
    None where the folder can't be told. ``told``: the conditions.
    """

    quirk: Quirk
    told: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    blank: bool = False
    inbox: int | None = MAILS
    work: int | None = WORK
    serious: bool = False
    open: bytes = b"Status/Open"  # where the open ones are


def unreadable(quirk: Quirk) -> Case:
    return Case(quirk, (SHOWN,), blank=True)


def well(quirk: Quirk) -> Case:
    return Case(quirk)


@contextmanager
def furnished(
    directory: Path, certificates: Certificates, cases: Mapping[str, Case]
) -> Iterator[House]:
    """A house with a mailbox for each case, and a good one, once all are as they should be."""
    house = House(directory, certificates, [*cases, "good"])
    house.start({name: case.quirk for name, case in cases.items()} | {"good": FAITHFUL})
    try:
        for name, case in cases.items():
            wanted = {Seen(*one) for one in case.told}
            until(lambda n=name, w=wanted: house.ready(n) == w, f"{name}: {wanted}")  # type: ignore[misc]
            until(lambda n=name, c=case: house.messages(n) == c.inbox, name)  # type: ignore[misc]
            until(lambda n=name, c=case: house.messages(n, "Work") == c.work, name)  # type: ignore[misc]
        yield house
        assert "Traceback" not in house.proxy.log()
    finally:
        print(house.proxy.log())
        house.close()


def clients_get_all_that_there_is(house: House, name: str, case: Case) -> None:
    wanted: list[bytes | None] = [b"INBOX %d" % number for number in ALL]
    if case.blank:
        wanted[BAD - 1] = None
    assert house.subjects(name) == (wanted if case.inbox else [])
    assert house.messages(name, "Work") == case.work
    if case.inbox:
        work = [b"Work %d" % number for number in range(1, (case.work or 0) + 1)]
        shown = house.subjects(name, case.open)
        assert sorted(shown, key=str) == sorted([*wanted, *work], key=str)


def all_say_the_same(house: House, name: str, case: Case) -> None:
    wanted = {Seen(*one) for one in case.told}
    assert house.ready(name) == wanted
    assert house.serious(name) is case.serious
    counted: dict[str, int] = {}
    for one in wanted:
        counted[one.kind] = counted.get(one.kind, 0) + (len(one.uids) or 1)
    assert house.metrics(name) == counted
    # A machine that is slow to greet is none of what this provider does.
    passing = (" is up", ": no greeting")
    lines = [line for line in house.log_lines(name) if not any(map(line.__contains__, passing))]
    assert len(lines) == len(wanted), "one line each, however often it is met with"
