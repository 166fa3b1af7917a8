"""SORT, THREAD, BINARY and PREVIEW through the proxy, held against a server that has them itself.

Dovecot's own answers to the same mails, asked directly. Where it answers otherwise the test says
why; everything else is the same, message by message and octet by octet.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator

import pytest

from tests.corpus import mails
from tests.e2e.conftest import Company

COUNT = 300
SORTS = (
    "(ARRIVAL)",
    "(REVERSE ARRIVAL)",
    "(DATE)",
    "(REVERSE DATE)",
    "(SUBJECT)",
    "(SUBJECT REVERSE DATE)",
    "(FROM)",
    "(REVERSE FROM SUBJECT)",
    "(TO REVERSE SIZE)",
    "(CC DATE)",
    "(SIZE)",
    "(REVERSE SIZE)",
    "(DISPLAYFROM)",
    "(REVERSE DISPLAYFROM DISPLAYTO DATE)",
    "(DISPLAYTO ARRIVAL)",
)


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    return found_company(count=COUNT)  # type: ignore[operator,no-any-return]


@pytest.fixture(scope="module")
def ours(company: Company) -> Iterator[imaplib.IMAP4]:
    with company.proxy.imap("anna") as client:
        client.select("INBOX")
        yield client


@pytest.fixture(scope="module")
def theirs(company: Company) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port)
    client.login(company.dovecot.user, company.dovecot.password)
    client.select("INBOX", readonly=True)
    yield client
    client.shutdown()


def asked(client: imaplib.IMAP4, command: str, *arguments: str) -> list[bytes]:
    answer, data = client.uid(command, *arguments)
    assert answer == "OK", data
    return data[0].split() if command == "SORT" else [data[0]]


def rows(client: imaplib.IMAP4, attribute: str, uids: str = "1:*") -> dict[int, bytes]:
    """By UID: the answer's octets behind the UID."""
    answer, data = client.uid("FETCH", uids, f"({attribute})")
    assert answer == "OK", data
    text = b"".join(
        b"\r\n".join(part) if isinstance(part, tuple) else part + b"\n" for part in data
    )
    found = re.split(rb"(?m)^\d+ \(UID (\d+) ", text)
    return {int(uid): row for uid, row in zip(found[1::2], found[2::2], strict=True)}


@pytest.mark.parametrize("keys", SORTS)
def test_the_same_order(ours: imaplib.IMAP4, theirs: imaplib.IMAP4, keys: str) -> None:
    mine = asked(ours, "SORT", keys, "UTF-8", "ALL")
    assert len(mine) == COUNT
    assert mine == asked(theirs, "SORT", keys, "UTF-8", "ALL")


@pytest.mark.parametrize("algorithm", ["REFERENCES", "ORDEREDSUBJECT"])
def test_the_same_threads(ours: imaplib.IMAP4, theirs: imaplib.IMAP4, algorithm: str) -> None:
    mine = asked(ours, "THREAD", algorithm, "UTF-8", "ALL")
    assert mine == asked(theirs, "THREAD", algorithm, "UTF-8", "ALL")


def test_only_what_matches_is_sorted_and_threaded(
    ours: imaplib.IMAP4, theirs: imaplib.IMAP4
) -> None:
    for criteria in ("50:150", 'OR LARGER 9000 SUBJECT "order"', 'NOT TEXT "parcel"', "1 2 3"):
        for command, how in (("SORT", "(REVERSE SUBJECT)"), ("THREAD", "REFERENCES")):
            mine = asked(ours, command, how, "UTF-8", criteria)
            assert mine == asked(theirs, command, how, "UTF-8", criteria), (command, criteria)


def test_sort_with_return(ours: imaplib.IMAP4, theirs: imaplib.IMAP4) -> None:
    """RFC 5267 §3: ESEARCH, whose ALL is in the order of the sort."""
    for keys in ("(REVERSE DATE)", "(SUBJECT)"):
        told = []
        for client in (ours, theirs):
            client.untagged_responses.clear()
            client.uid("SORT", "RETURN (MIN MAX COUNT ALL)", keys, "UTF-8", "ALL")
            (line,) = client.untagged_responses.pop("ESEARCH")
            told.append(re.sub(rb'\(TAG "\w+"\) ', b"", line))
        mine, its = (dict(zip(w[1::2], w[2::2], strict=True)) for w in (t.split() for t in told))
        assert mine == its


@pytest.mark.parametrize(
    "attribute",
    [
        "BINARY.PEEK[1]",
        "BINARY.PEEK[2]",
        "BINARY.PEEK[1]<0.100>",
        "BINARY.PEEK[1]<50.1000>",
        "BINARY.PEEK[2]<100000.1000>",
    ],
)
def test_the_same_octets(ours: imaplib.IMAP4, theirs: imaplib.IMAP4, attribute: str) -> None:
    mine, its = rows(ours, attribute), rows(theirs, attribute)
    assert len(mine) == COUNT
    # RFC 3516 §7: what has no NUL may be a literal or a literal8. Dovecot writes the latter
    # of whatever was encoded; here it is one where it must be, or where it is streamed.
    plain = {uid: row.replace(b"~{", b"{", 1) for uid, row in its.items()}
    for uid, row in mine.items():
        assert row.replace(b"~{", b"{", 1) == plain[uid], uid


@pytest.mark.parametrize("part", [1, 2])
def test_the_size_is_that_of_the_octets(
    ours: imaplib.IMAP4, theirs: imaplib.IMAP4, part: int
) -> None:
    """Dovecot 2.3's own BINARY.SIZE is no witness: for some encoded parts it tells a number of
    twenty digits. The octets that it sends are one.
    """
    sizes = rows(ours, f"BINARY.SIZE[{part}]")
    octets = rows(theirs, f"BINARY.PEEK[{part}]")
    for uid, row in sizes.items():
        found = re.match(rb"BINARY\[\d\] ~?\{(\d+)\}", octets[uid])
        expected = found[1] if found else b"0"  # there is no such part: NIL
        assert row == b"BINARY.SIZE[%d] %b)\n" % (part, expected), (uid, octets[uid][:40])


# ------------------------------------------------------------------ first words


GREETING = "いつもお世話になっております。"


def test_the_same_first_words(ours: imaplib.IMAP4, theirs: imaplib.IMAP4) -> None:
    """RFC 8970 leaves it to the server what a preview is; of such mails it is clear enough. But
    for the greeting, and for blanks where a Japanese line broke: so more words have room.
    """
    mine, its = (
        {uid: "".join(words(row).split()) for uid, row in rows(client, "PREVIEW").items()}
        for client in (ours, theirs)
    )
    assert len(mine) == COUNT
    its = {uid: re.sub(f"^(?:{GREETING})+(?=.)", "", text) for uid, text in its.items()}
    assert {uid: mine[uid][: len(its[uid])] for uid in mine} == its


def words(row: bytes) -> str:
    found = re.match(rb'PREVIEW (?:"(.*)"|\{\d+\}\r\n(.*))\)\n', row, re.DOTALL)
    assert found is not None, row
    text = found[2] if found[1] is None else re.sub(rb"\\(.)", rb"\1", found[1])
    return text.decode()


# ------------------------------------------------------------------ virtual folders

VIRTUAL = "Status/Open"


def ids(client: imaplib.IMAP4) -> dict[bytes, bytes]:
    """UID to Message-ID."""
    found = rows(client, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
    return {b"%d" % uid: re.findall(rb"<[^>]+>", row)[0] for uid, row in found.items()}


def test_a_virtual_folder_is_ordered_as_its_mails_are(
    company: Company, ours: imaplib.IMAP4
) -> None:
    """Over several folders of the provider: what is in INBOX, and newer mail in Archive."""
    for raw, _, _ in list(mails(COUNT + 40))[COUNT:]:
        company.dovecot.deliver(raw, "Archive")
    company.proxy.wait_synced(40, "Archive")
    ours.select("INBOX")
    names = ids(ours)
    with company.proxy.imap("anna") as client:
        client.select("Archive")
        assert len(ids(client)) == 40
        client.select(VIRTUAL)
        here = ids(client)
        assert set(here.values()) & set(names.values())
        assert set(here.values()) - set(names.values())
        for keys in ("(SUBJECT DATE)", "(REVERSE FROM DATE)", "(DATE)"):
            order = [here[uid] for uid in asked(client, "SORT", keys, "UTF-8", "ALL")]
            expected = [names[uid] for uid in asked(ours, "SORT", keys, "UTF-8", "ALL")]
            both = set(order) & set(expected)
            assert [one for one in order if one in both] == [one for one in expected if one in both]
            assert len(order) == len(here)
        threads = asked(client, "THREAD", "REFERENCES", "UTF-8", "ALL")[0]
        assert sorted(re.findall(rb"\d+", threads)) == sorted(here)
        assert len(rows(client, "PREVIEW")) == len(rows(client, "BINARY.SIZE[1]")) == len(here)


def test_it_is_in_the_access_log(company: Company, ours: imaplib.IMAP4) -> None:
    ours.select("INBOX")
    asked(ours, "SORT", "(SUBJECT)", "UTF-8", "ALL")
    rows(ours, "PREVIEW", "5")
    last = company.proxy.audit("--person", "anna")[-2:]
    assert [record["action"] for record in last] == ["search", "copy"]
    assert last[1]["message_id"]
