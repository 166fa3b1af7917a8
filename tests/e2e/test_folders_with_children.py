"""A folder that is deleted while others are below it: LIST, STATUS, SELECT, CREATE and DELETE agree
on what is left of it, whatever the provider makes of that.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator

import pytest

from tests.e2e.providers import KINDS, Places
from tests.servers.certificates import Certificates

RAW = b"Subject: x\r\nMessage-ID: <child@example.test>\r\n\r\nx\r\n"


@pytest.fixture(scope="module")
def places(certificates: Certificates) -> Iterator[Places]:
    places = Places(certificates)
    try:
        places.open()
        yield places
    finally:
        places.close()


@pytest.fixture(params=KINDS)
def chief(places: Places, request: pytest.FixtureRequest) -> Iterator[imaplib.IMAP4_SSL]:
    with places[request.param].proxy.imap("chief") as client:
        yield client


def listed(client: imaplib.IMAP4, name: str) -> set[str] | None:
    """Its attributes; None where it is not listed."""
    rows = client.list('""', name)[1]
    found = [row for row in rows if isinstance(row, bytes) and row.endswith(name.encode())]
    return set(re.findall(r"\\\w+", found[0].decode())) if found else None


def state(client: imaplib.IMAP4, name: str) -> str:
    """ "folder", "level" or "nothing": what all commands say of it, in one word."""
    attributes = listed(client, name)
    is_level = attributes is not None and {"\\Noselect", "\\NonExistent"} & attributes
    said = "nothing" if attributes is None else "level" if is_level else "folder"
    opens = (client.status(name, "(MESSAGES)")[0], client.select(name, readonly=True)[0])
    if opens[1] == "OK":
        client.unselect()
    assert opens == (("OK", "OK") if said == "folder" else ("NO", "NO")), (name, said)
    return said


def test_a_parent_that_is_deleted_leaves_no_ghost(chief: imaplib.IMAP4_SSL) -> None:
    assert chief.create("p")[0] == "OK"
    assert chief.append("p", None, None, RAW)[0] == "OK"
    assert chief.create("p/c")[0] == "OK"
    assert chief.append("p/c", None, None, RAW)[0] == "OK"
    deleted = chief.delete("p")
    assert state(chief, "p/c") == "folder", "what is below is not lost with it"
    left = state(chief, "p")
    assert left == ("folder" if deleted[0] == "NO" else "level"), deleted
    if left == "level":
        assert chief.delete("p")[0] == "NO", "RFC 9051 §6.3.5: a name that holds others only"
        made = chief.create("p")[0]
        assert state(chief, "p") == ("folder" if made == "OK" else "level")
    chief.select("p/c")
    assert chief.fetch("1", "(BODY.PEEK[])")[1][0][1] == RAW
    chief.unselect()
    assert chief.rename("p/c", "q")[0] == "OK"
    assert state(chief, "q") == "folder"
    assert chief.delete("q")[0] == "OK"
    assert state(chief, "q") == "nothing"
    if state(chief, "p") == "folder":
        assert chief.delete("p")[0] == "OK"
    assert state(chief, "p") == "nothing"


def test_levels_that_are_missing_come_with_what_is_below_them(chief: imaplib.IMAP4_SSL) -> None:
    assert chief.create("a/b/c")[0] == "OK"
    assert state(chief, "a/b/c") == "folder"
    for level in ("a/b", "a"):
        before = state(chief, level)
        assert before in ("folder", "level")
        made = chief.create(level)[0]
        if before == "folder":
            assert made == "NO"
        assert state(chief, level) == ("folder" if made == "OK" else before)
    for name in ("a/b/c", "a/b", "a"):
        if state(chief, name) == "folder":
            assert chief.delete(name)[0] == "OK"
        assert state(chief, name) == "nothing"


def test_a_delimiter_at_the_end_announces_levels(chief: imaplib.IMAP4_SSL) -> None:
    assert chief.create("announced/")[0] == "OK"
    assert state(chief, "announced") == "folder"
    assert chief.create("announced/")[0] == "NO"
    assert chief.delete("announced")[0] == "OK"
    assert state(chief, "announced") == "nothing"


def test_a_folder_deleted_by_a_colleague_while_it_is_open(
    places: Places, chief: imaplib.IMAP4_SSL, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["chief"]
    assert chief.create("gone")[0] == "OK"
    assert chief.append("gone", None, None, RAW)[0] == "OK"
    with places[kind].proxy.imap("anna") as anna:
        assert anna.select("gone")[0] == "OK"
        assert chief.delete("gone")[0] == "OK"
        with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error, OSError)):
            for _ in range(100):  # it hears BYE, and no answer as if the mail were there
                assert anna.fetch("1", "(BODY.PEEK[TEXT])")[0] == "OK"
    assert state(chief, "gone") == "nothing"
    with places[kind].proxy.imap("anna") as anna:
        assert anna.select("gone")[0] == "NO"
