"""The client that believes nothing, over TLS, at a proxy in front of a real server that holds
ordinary and malformed mail: every response in every folder has the form the RFCs allow.

NUL octets are asked for with BINARY alone: Dovecot has none of them elsewhere either.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.malformed_mails import malformed_mails
from tests.patience import PATIENCE_S
from tests.strict import asks
from tests.strict.asks import Ask
from tests.strict.client import StrictClient
from tests.strict.untagged import Found, Listed

UNKNOWN = (
    b"From: a@customer.example.org\nMIME-Version: 1.0\n"
    b"Content-Transfer-Encoding: x-rot13\n\nuryyb\n"
)
MALFORMED = {"an encoding nobody knows": UNKNOWN, **malformed_mails()}
ORDINARY = 20
COUNT = len(MALFORMED) + ORDINARY
EVERY = ((1, 0),)  # 1:*
PIECE = 262_144

# RFC 9051 §6.4.5: what the macros stand for.
_FAST = ("FLAGS", "INTERNALDATE", "RFC822.SIZE")
MACROS = {"FAST": _FAST, "ALL": (*_FAST, "ENVELOPE"), "FULL": (*_FAST, "ENVELOPE", "BODY")}
ITEMS = (
    ("UID", "BODYSTRUCTURE", "EMAILID", "THREADID", "SAVEDATE", "MODSEQ"),
    ("PREVIEW",),
    ("BODY.PEEK[HEADER]", "BODY.PEEK[1.MIME]", "RFC822.HEADER"),
    ("BODY.PEEK[HEADER.FIELDS (Subject From)]", "BODY.PEEK[HEADER.FIELDS.NOT (Received X-1)]"),
    ("BODY.PEEK[]<0.100>", "BODY.PEEK[TEXT]<5.10>", "BODY.PEEK[1]<99999999.5>"),
)
BIG_ITEMS = (("BODY.PEEK[]",), ("BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[2]"))
DECODED = ("BINARY.PEEK[1]", "BINARY.SIZE[1]", "BINARY.PEEK[1]<0.20>", "BINARY.PEEK[]")
STATUS = ("MESSAGES", "UNSEEN", "UIDNEXT", "UIDVALIDITY", "SIZE", "HIGHESTMODSEQ", "MAILBOXID")
SORT_KEYS = ("SUBJECT", "FROM", "TO", "CC", "DATE", "ARRIVAL", "SIZE", "REVERSE DISPLAYFROM")
KEYS = (b"ALL", b"BODY hello", b"SUBJECT odd", b"NOT HEADER Message-ID x", b"LARGER 1000000")


class Desk:
    """One connection over TLS, judged by a ``StrictClient``."""

    def __init__(self, proxy: Installation, login: str) -> None:
        line = socket.create_connection(("localhost", proxy.ports["imap-tls"]), PATIENCE_S)
        self._line = proxy.trust().wrap_socket(line, server_hostname="localhost")
        self.client = StrictClient("s")
        while not self.client.greeted:
            self._hear()
        assert self.ask(asks.words("LOGIN", b'%b "%b"' % (login.encode(), PASSWORD.encode()))).ok

    def ask(self, command: Ask) -> Ask:
        self._line.sendall(self.client.send(command))
        while command.done is None:
            if self._hear():
                self._line.sendall(self.client.more())
        return command

    def _hear(self) -> bool:
        said = self._line.recv(PIECE)
        assert said, "closed"
        return self.client.received(said)

    def close(self) -> None:
        self._line.close()

    def folders(self) -> list[bytes]:
        told = [data.value for data in self.ask(asks.words("LIST", b'"" "*"')).data("LIST")]
        opened = [one for one in told if isinstance(one, Listed)]
        return [one.name for one in opened if not {"\\Noselect"} & set(one.attributes)]

    def open(self, folder: bytes) -> int:
        """How many messages it has."""
        assert self.ask(asks.select(folder, read_only=True)).ok
        assert self.client.selected is not None
        return len(self.client.selected.slots)


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    company = found_company(count=ORDINARY)
    for raw in MALFORMED.values():
        company.dovecot.deliver(raw)
    company.proxy.wait_synced(COUNT)
    with company.proxy.imap("ben") as client:  # so that several virtual folders hold all kinds
        client.select("Status/Open")
        assert client.uid("COPY", "10:30", '"Status/Assigned to/Ben Mori"')[0] == "OK"
        assert client.uid("MOVE", "20:50", "Status/Done")[0] == "OK"
    return company


@pytest.fixture(scope="module")
def desk(office: Company) -> Iterator[Desk]:
    desk = Desk(office.proxy, "anna")
    yield desk
    desk.close()


def _macro(word: str) -> Ask:
    return Ask("FETCH", b"FETCH 1:* " + word.encode(), numbers=EVERY, items=MACROS[word])


def test_every_folder_opens_and_counts(desk: Desk) -> None:
    folders = desk.folders()
    assert {b"INBOX", b"Sent", b"Status/Open", b"Status/Done"} <= set(folders)
    sizes = {}
    for folder in folders:
        told = desk.ask(asks.status(folder, STATUS)).data("STATUS")[0].value
        assert isinstance(told, tuple)
        sizes[folder] = desk.open(folder)
        assert told[1]["MESSAGES"] == sizes[folder]
    assert sizes[b"INBOX"] == COUNT
    assert 0 < sizes[b"Status/Done"] < COUNT


def test_every_row_of_every_folder_has_its_form(desk: Desk) -> None:
    for folder in desk.folders():
        if not desk.open(folder):
            continue
        for word in MACROS:
            assert desk.ask(_macro(word)).ok, (folder, word)
        for items in ITEMS:
            asked = desk.ask(asks.fetch(EVERY, items))
            assert asked.ok, (folder, items, asked.done)


@pytest.mark.parametrize("folder", [b"INBOX", b"Status/Done"])
def test_whole_mails_and_parts_come_as_announced(desk: Desk, folder: bytes) -> None:
    size = desk.open(folder)
    for items in BIG_ITEMS:
        asked = desk.ask(asks.fetch(EVERY, items, uid=True))
        assert asked.ok
        assert len(asked.rows) == size


@pytest.mark.parametrize("folder", [b"INBOX", b"Status/Done"])
def test_what_is_decoded_is_told_or_refused_by_name(desk: Desk, folder: bytes) -> None:
    """RFC 3516 §4.3: an encoding that nobody knows is no reason to end the line."""
    size = desk.open(folder)
    refused = set()
    for number in range(1, size + 1):
        for item in DECODED:
            done = desk.ask(asks.fetch(((number, number),), [item])).done
            assert done is not None
            if done.condition != "OK":
                assert done.condition == "NO" and done.code is not None, done
                refused.add(done.code.name)
    assert refused == {"UNKNOWN-CTE"}


def test_all_are_sorted_and_threaded(desk: Desk) -> None:
    for folder in desk.folders():
        every = set(range(1, desk.open(folder) + 1))
        for key in SORT_KEYS:
            (told,) = desk.ask(asks.words("SORT", f"({key}) UTF-8 ALL".encode())).data("SORT")
            assert isinstance(told.value, Found)
            assert len(told.value.numbers) == len(every)
            assert set(told.value.numbers) == every
        for algorithm in (b"REFERENCES", b"ORDEREDSUBJECT"):
            (told,) = desk.ask(asks.words("THREAD", algorithm + b" UTF-8 ALL")).data("THREAD")
            flat = list(_flat(told.value))
            assert len(flat) == len(every)
            assert set(flat) == every


def _flat(threads: object) -> Iterator[int]:
    assert isinstance(threads, list)
    for member in threads:
        if isinstance(member, int):
            yield member
        else:
            yield from _flat(member)


@pytest.mark.parametrize("returns", [None, {"MIN", "MAX", "COUNT", "ALL"}])
def test_what_is_found_is_there(desk: Desk, returns: set[str] | None) -> None:
    for folder in desk.folders():
        desk.open(folder)
        for key in KEYS:
            assert desk.ask(asks.search(key, returns=returns)).ok
            assert desk.ask(asks.search(key, uid=True, returns=returns)).ok


def test_the_same_after_rev2(office: Company) -> None:
    desk = Desk(office.proxy, "ben")
    try:
        assert desk.ask(asks.words("ENABLE", b"IMAP4rev2 QRESYNC")).ok
        for folder in desk.folders():
            if desk.open(folder):
                assert desk.ask(_macro("FULL")).ok
                assert desk.ask(asks.fetch(EVERY, ITEMS[0], uid=True)).ok
                assert desk.ask(asks.search(b"ALL", uid=True)).ok
        assert desk.ask(asks.bare("LOGOUT")).ok
    finally:
        desk.close()
