"""A move that is refused: the client does not ask again and again, and no mail is lost anywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.moves.cells import Cell, Standing, arrive
from tests.e2e.moves.outcome import at_provider, stands
from tests.e2e.moves.test_moves import CLIENTS

# Of one command of the person's; mbsync and offlineimap ask once a run.
ASKED_MOST = 3


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=0)


@pytest.mark.parametrize("name", CLIENTS)
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
