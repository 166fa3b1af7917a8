"""kill -9 at the moment in which the provider has done what it was asked for and proxyd has not
heard of it: asked for again it is there once, under the UID that is told.
"""

from __future__ import annotations

import imaplib
import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.hostile.provider import CUT, FAITHFUL, HostileProvider, Quirk
from tests.e2e.moves.causes import Office, behind_a_door
from tests.patience import until
from tests.servers.certificates import Certificates

TARGET = "Projects"
# Dovecot's last word of a COPY, MOVE, APPEND or EXPUNGE.
DONE = re.compile(rb"[A-Za-z0-9]+ OK .*(Copy|Move|Append|Expunge) completed")
COMMANDS = ("copy", "move", "append", "expunge")
serial = itertools.count()


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company], certificates: Certificates) -> Iterator[Office]:
    company = found_company(count=0)
    with company.proxy.imap("ben") as ben:
        ok(ben.create(TARGET))
    with behind_a_door(company, certificates) as office:
        yield office


def letter(name: str) -> bytes:
    return (
        f"From: c@example.com\r\nTo: info@example.test\r\nSubject: {name}\r\n"
        f"Message-ID: <{name}@example.com>\r\n\r\nHello\r\n"
    ).encode()


def kills(door: HostileProvider, company: Company) -> Quirk:
    """The first that is done is the last that this process lives to see."""

    def say(response: bytes, folder: str) -> bytes:
        if not DONE.match(response):
            return response
        door.quirks[company.dovecot.user] = FAITHFUL
        os.kill(company.proxy.pid, signal.SIGKILL)
        return CUT

    return Quirk(say=say)


def uids(client: imaplib.IMAP4, folder: str, name: str) -> list[int]:
    ok(client.select(folder))
    found = ok(client.uid("SEARCH", "HEADER", "Message-ID", f"<{name}@example.com>"))
    return [int(uid) for uid in found[0].split()]


def ask(client: imaplib.IMAP4, command: str, name: str) -> list[bytes]:
    """What says where it lies now; nothing where there is no such mail in INBOX any more."""
    if command == "append":
        ok(client.append(TARGET, "", "", letter(name)))  # type: ignore[arg-type]
        return [each for each in client.response("APPENDUID")[1] if each]
    if not (found := uids(client, "INBOX", name)):
        return []
    if command == "expunge":
        ok(client.uid("STORE", str(found[0]), "+FLAGS", r"(\Deleted)"))
        ok(client.uid("EXPUNGE", str(found[0])))
        return []
    ok(client.uid(command.upper(), str(found[0]), TARGET))
    return [each for each in client.response("COPYUID")[1] if each]


@pytest.mark.parametrize("command", COMMANDS)
def test_done_and_not_heard_it_is_there_once(office: Office, command: str) -> None:
    company, name = office.company, f"{command}-{next(serial)}"
    proxy = company.proxy
    if command != "append":
        company.dovecot.deliver(letter(name))
    with proxy.imap("anna") as client:
        while command != "append" and not uids(client, "INBOX", name):
            ok(client.noop())
        office.door.quirks[company.dovecot.user] = kills(office.door, company)
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            ask(client, command, name)
    assert proxy.died() == -signal.SIGKILL
    proxy.start()
    with proxy.imap("anna") as client:
        told = ask(client, command, name)
        target = "Trash" if command == "expunge" else TARGET
        # What the provider has done is taken in a moment after the start.
        until(lambda: uids(client, target, name))
        assert len(there := uids(client, target, name)) == 1
        if told:
            assert int(told[-1].split()[-1]) == there[0]
        assert bool(told) == (command in ("copy", "append"))
    message_id = f"{name}@example.com"
    counted = {f: company.dovecot.count(f, message_id) for f in ("INBOX", "Trash", TARGET)}
    assert counted == {"INBOX": int(command == "copy"), "Trash": 0, TARGET: 0} | {target: 1}


@pytest.mark.parametrize("word", ["Copy", "Store"])
@pytest.mark.parametrize("hide", [("MOVE",), ("MOVE", "UIDPLUS")], ids=["no MOVE", "no UIDPLUS"])
def test_a_move_that_nobody_asks_for_again_is_brought_to_its_end(
    found_company: Callable[..., Company],
    certificates: Certificates,
    hide: tuple[str, ...],
    word: str,
) -> None:
    """Copied, or copied and marked, and not removed: a provider without MOVE."""
    company = found_company(count=0, hide=hide)
    company.dovecot.deliver(letter("half"))
    company.proxy.wait_synced(1)
    with behind_a_door(company, certificates) as office, company.proxy.imap("anna") as anna:
        (uid,) = uids(anna, "INBOX", "half")

        def say(response: bytes, folder: str) -> bytes:
            if not re.match(rb"\S+ OK .*%b completed" % word.encode(), response):
                return response
            office.door.quirks[company.dovecot.user] = FAITHFUL
            os.kill(company.proxy.pid, signal.SIGKILL)
            return CUT

        office.door.quirks[company.dovecot.user] = Quirk(say=say)
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            anna.uid("MOVE", str(uid), "Archive")
        assert company.proxy.died() == -signal.SIGKILL
        company.proxy.start()
        places = ("INBOX", "Archive", "Trash")

        def lies() -> dict[str, int]:
            return {each: company.dovecot.count(each, "half@example.com") for each in places}

        until(lambda: lies() == {"INBOX": 0, "Archive": 1, "Trash": 0})
        with company.proxy.imap("ben") as ben:
            until(lambda: uids(ben, "INBOX", "half") == [])
            ok(ben.select("Archive"))
            assert ok(ben.search(None, "DELETED")) == [b""]
    rows = company.proxy.audit("--action", "move", "--outcome", "ok")
    assert [row["detail"].get("finished") for row in rows] == [True]  # type: ignore[attr-defined]
