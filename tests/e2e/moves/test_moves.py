"""Real clients move mails: every mail is at the provider exactly once and to the octet, stands as
its target says, and the client's next look shows the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import Installation
from tests.e2e.keeping_copies import TUID
from tests.e2e.moves.alpine import Alpine
from tests.e2e.moves.cells import Cell, Standing, arrive, by_source, cells, deletions
from tests.e2e.moves.copies import MovingMbsync, MovingOfflineImap
from tests.e2e.moves.mutt import Mutt


class Client(Protocol):
    """A mail program of Anna's."""

    def move(self, source: str, cells: Sequence[Cell]) -> None: ...
    def copy(self, source: str, cells: Sequence[Cell]) -> None: ...
    def delete(self, source: str, cells: Sequence[Cell]) -> None: ...
    def shown(self, views: Sequence[str], of: str) -> Mapping[str, set[str]]: ...


CLIENTS: dict[str, Callable[[Installation, Path], Client]] = {
    "alpine": Alpine,
    "mutt": Mutt,
    "neomutt": partial(Mutt, program="neomutt"),
    "mbsync": MovingMbsync,
    "offlineimap": MovingOfflineImap,
}
_SUBJECT = re.compile(rb"(?m)^Subject: (\S+)$")
_KEYWORD = re.compile(r"\$(status|assignee)-(\w+)")


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


def in_views(some: Sequence[Cell]) -> dict[str, set[str]]:
    """Subjects by view."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for cell in some:
        for view in cell.after.views():
            found[view].add(cell.subject)
    return found


def differences(office: Company, some: Sequence[Cell]) -> dict[str, str]:
    """What is not as it should be, by cell; octets first."""
    lying, standing = at_provider(office), stands(office, some)
    found: dict[str, str] = {}
    for cell in some:
        places = [folder for folder, _ in lying[cell.subject]]
        # Whoever stores a mail may write into it; mbsync does, wherever it stores one.
        octets = {TUID.sub(b"", octets) for _, octets in lying[cell.subject]}
        what = f"{cell.subject}: {cell.source} -> {cell.target}"
        if places != [cell.after.folder]:
            found[what] = f"lies in {places}"
        elif octets != {cell.mail().replace(b"\r\n", b"\n")}:
            found[what] = "has been altered"
        elif standing.get(cell.subject) != cell.after:
            found[what] = f"is {standing.get(cell.subject)}"
    return found


def at_provider(office: Company) -> dict[str, list[tuple[str, bytes]]]:
    """By subject: in which folders its mails lie, and their octets."""
    home = office.dovecot.maildir("INBOX")
    found: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for file in [*home.glob("**/cur/*"), *home.glob("**/new/*")]:
        octets = file.read_bytes()
        folder = file.parent.parent.name.removeprefix(".")
        subject = _SUBJECT.findall(octets)[0].decode()
        found[subject].append(("INBOX" if folder == "Maildir" else folder, octets))
    return found


def stands(office: Company, some: Sequence[Cell]) -> dict[str, Standing]:
    """What a colleague is told of each mail, by subject."""
    found: dict[str, Standing] = {}
    with office.proxy.imap("ben") as ben:
        for folder in sorted({cell.after.folder for cell in some}):
            assert ben.select(f'"{folder}"', readonly=True)[0] == "OK"
            rows = ben.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
            for row in rows:
                if isinstance(row, tuple):
                    words = dict(_KEYWORD.findall(row[0].decode()))
                    subject = row[1].decode().split()[1]
                    status, assignee = words.get("status", ""), words.get("assignee", "")
                    found[subject] = Standing(folder, status, assignee)
    return found
