"""Real clients move mails: every mail is at the provider exactly once and to the octet, stands as
its target says, and the client's next look shows the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import Installation
from tests.e2e.moves.aerc import Aerc
from tests.e2e.moves.alpine import Alpine
from tests.e2e.moves.cells import Cell, arrive, by_source, cells, deletions
from tests.e2e.moves.copies import MovingMbsync, MovingOfflineImap
from tests.e2e.moves.mutt import Mutt
from tests.e2e.moves.outcome import differences


class Client(Protocol):
    """A mail program of Anna's."""

    def move(self, source: str, cells: Sequence[Cell]) -> None: ...
    def copy(self, source: str, cells: Sequence[Cell]) -> None: ...
    def delete(self, source: str, cells: Sequence[Cell]) -> None: ...
    def shown(self, views: Sequence[str], of: str) -> Mapping[str, set[str]]: ...


CLIENTS: dict[str, Callable[[Installation, Path], Client]] = {
    "aerc": Aerc,
    "alpine": Alpine,
    "mutt": Mutt,
    "neomutt": partial(Mutt, program="neomutt"),
    "mbsync": MovingMbsync,
    "offlineimap": MovingOfflineImap,
}


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=0)
    with office.proxy.imap("anna") as anna:
        assert anna.create("Projects")[0] == "OK"
    return office


@pytest.mark.parametrize("name", CLIENTS)
def test_every_move_ends_where_it_was_meant_to(office: Company, name: str, tmp_path: Path) -> None:
    some, gone = cells(name), deletions(name)
    arrive(office, [*some, *gone])
    client = CLIENTS[name](office.proxy, tmp_path)
    for source, part in by_source(some).items():
        client.move(source, part)
    for source, part in by_source(gone).items():
        client.delete(source, part)
    found = differences(office, [*some, *gone])
    assert not found, "\n".join(f"{cell}: {what}" for cell, what in found.items())
    expected = in_views([*some, *gone])
    assert client.shown(list(expected), name) == expected


@pytest.mark.parametrize("name", CLIENTS)
def test_copied_in_one_session_and_deleted_in_the_next_is_a_move(
    office: Company, name: str, tmp_path: Path
) -> None:
    targets = ("Status/Done", "Status/Mine", "Projects")
    some = [Cell(f"{name}-later{n}", "INBOX", target) for n, target in enumerate(targets)]
    arrive(office, some)
    client = CLIENTS[name](office.proxy, tmp_path)
    client.copy("INBOX", some)
    client.delete("INBOX", some)
    assert differences(office, some) == {}


def in_views(some: Sequence[Cell]) -> dict[str, set[str]]:
    """Subjects by view."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for cell in some:
        for view in cell.after.views():
            found[view].add(cell.subject)
    return found
