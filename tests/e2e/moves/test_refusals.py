"""A move that is refused: the client does not ask again and again, and no mail is lost anywhere."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import Installation
from tests.e2e.keeping_copies import mbsync_version
from tests.e2e.moves.causes import CAUSES, Cause, Office, behind_a_door
from tests.e2e.moves.cells import Cell, Standing, arrive
from tests.e2e.moves.copies import Copies
from tests.e2e.moves.outcome import at_provider, stands
from tests.e2e.moves.test_moves import CLIENTS, Client
from tests.servers.certificates import Certificates

# aerc says UID MOVE as Thunderbird does, whose refusals are on its screen.
NAMES = [name for name in CLIENTS if name != "aerc"]
# Of one command of the person's; mbsync and offlineimap ask once a run.
ASKED_MOST = 3
CHANGING = ("copy", "move", "append", "store", "expunge", "close")
# A refused run may be the longer one: it looks again, and tries another way. A loop has no end.
LONGER_MOST = 2
# The [upstream] section is open where this is put in.
IMPATIENT = "connect_s = 2\ncommand_s = 5\n"
_COMMANDS = re.compile(
    r'command_seconds_count\{command="(\w+)",door="imap",outcome="(\w+)"\} (\d+)'
)


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=0, more=IMPATIENT)


@pytest.fixture(scope="module")
def guarded(office: Company, certificates: Certificates) -> Iterator[Office]:
    with office.proxy.imap("ben") as ben:
        assert ben.create("Projects")[0] == "OK"
    with behind_a_door(office, certificates) as guarded:
        yield guarded


@pytest.mark.parametrize("name", NAMES)
def test_what_a_colleague_has_taken_stays_his_and_everybodys(
    office: Company, name: str, tmp_path: Path
) -> None:
    cell = Cell(f"{name}-taken", "INBOX", "Status/Mine")
    arrive(office, [cell])
    with office.proxy.imap("ben") as ben:
        ben.select("INBOX")
        uid = ben.uid("SEARCH", "HEADER", "Message-ID", cell.message_id)[1][0].decode()
        assert ben.uid("STORE", uid, "+FLAGS", "($assignee-ben)")[0] == "OK"
    before = len(office.proxy.audit())
    client = CLIENTS[name](office.proxy, tmp_path)
    with contextlib.suppress(AssertionError):  # it may end with an error, or wait for a key
        client.move(cell.source, [cell])
    assert [folder for folder, _ in at_provider(office)[cell.subject]] == ["INBOX"]
    assert stands(office, [cell])[cell.subject] == Standing("INBOX", "open", "ben")
    records = office.proxy.audit()[before:]
    refused = [record for record in records if record["outcome"] == "refused"]
    assert 1 <= len(refused) <= ASKED_MOST, refused


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("why", CAUSES)
def test_refused_it_stays_and_goes_once_the_cause_is_gone(
    guarded: Office, name: str, why: str, tmp_path: Path
) -> None:
    cause, proxy = CAUSES[why], guarded.company.proxy
    cell = Cell(f"{name}-{why}", cause.source, cause.target)
    arrive(guarded.company, [replace(cell, source="INBOX")])
    if cause.source != "INBOX":
        thrown_away(guarded, cell)
    client = CLIENTS[name](proxy, tmp_path)
    with cause.begun(guarded):
        before = commands(proxy)
        with contextlib.suppress(AssertionError):  # it may end with an error, or wait for a key
            moved_or_deleted(client, cause, cell)
        refused = commands(proxy) - before
        assert lies(guarded, cell) == [cause.source]
    failed = {key: n for key, n in refused.items() if key[0] in CHANGING and key[1] != "ok"}
    assert sum(failed.values()) <= ASKED_MOST, refused
    before = commands(proxy)
    again(client, cause, cell)
    then = commands(proxy) - before
    assert refused.total() <= LONGER_MOST * then.total(), (refused, then)
    gives_up = name != "mbsync" or mbsync_version() < (1, 5)
    wanted = cause.never_again.get(name, cause.afterwards) if gives_up else cause.afterwards
    assert lies(guarded, cell) == list(wanted)


def again(client: Client, cause: Cause, cell: Cell) -> None:
    """The person tries again; what keeps copies does so by itself."""
    if isinstance(client, Copies):
        client.sync()
    else:
        moved_or_deleted(client, cause, cell)


def moved_or_deleted(client: Client, cause: Cause, cell: Cell) -> None:
    if cause.target:
        client.move(cause.source, [cell])
    else:
        client.delete(cause.source, [cell])


def thrown_away(guarded: Office, cell: Cell) -> None:
    with guarded.company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        uid = ben.uid("SEARCH", "HEADER", "Message-ID", cell.message_id)[1][0].decode()
        assert ben.uid("MOVE", uid, cell.source)[0] == "OK"


def lies(guarded: Office, cell: Cell) -> list[str]:
    return [folder for folder, _ in at_provider(guarded.company)[cell.subject]]


def commands(proxy: Installation) -> Counter[tuple[str, str]]:
    """(name, outcome) of all that clients have asked until now."""
    found = _COMMANDS.findall(proxy.http("/metrics")[1].replace(".0\n", "\n"))
    return Counter({(name, outcome): int(count) for name, outcome, count in found})
