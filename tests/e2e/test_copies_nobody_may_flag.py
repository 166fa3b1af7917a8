"""Copies, moves and mails stored in a folder whose flags nobody may write at the provider (RFC 4314
§4): it says OK and leaves them out. With and without MOVE and UIDPLUS, and on a server of RFC 3501
alone.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_flags_nobody_may import MAIL, flags
from tests.e2e.test_moves_nobody_may import ACL, allow
from tests.e2e.test_moves_without_move import ok
from tests.patience import PATIENCE_S, until
from tests.servers.bare_imap import BareImap
from tests.servers.dovecot import Dovecot

COUNT = 4
KINDS: dict[str, Callable[..., Dovecot]] = {
    "all": Dovecot,
    "no MOVE": partial(Dovecot, hide=("MOVE",)),
    "no UIDPLUS": partial(Dovecot, hide=("MOVE", "UIDPLUS")),
    "bare": BareImap,
}
ACTIONS = {"COPY": "copy-to", "MOVE": "move"}
MARKED = r"(\Flagged \Answered kw1)"


@pytest.fixture(params=KINDS)
def company(
    found_company: Callable[..., Company], request: pytest.FixtureRequest
) -> Iterator[Company]:
    company = found_company(count=COUNT, maker=KINDS[request.param], extra=ACL)
    allow(company, "lrsipte", "Archive")
    yield company
    company.proxy.stop()


def restart(company: Company, count: int) -> None:
    company.proxy.kill()
    company.proxy.start()
    company.proxy.wait_synced(count)


def insist(command: Callable[[], tuple[str, object]]) -> None:
    """With a change of rights proxyd's own sessions were just ended."""
    until(lambda: command()[0] == "OK")


def alerts(client: imaplib.IMAP4) -> int:
    """How many are told with a NOOP."""
    client.untagged_responses.clear()
    client.noop()
    return len([told for told in client.response("ALERT")[1] if told is not None])


def keeps(client: imaplib.IMAP4, folder: str, flags: set[bytes]) -> bool:
    """Whether PERMANENTFLAGS, but for keywords, are ``flags``; the folder stays selected.

    What changed at the provider is known once its folder is looked at again: ask until it is.
    """
    client.untagged_responses.clear()
    ok(client.select(folder))
    [told] = client.response("PERMANENTFLAGS")[1]
    assert isinstance(told, bytes)
    return flags == {word for word in re.findall(rb"[^ ()]+", told) if word.startswith(b"\\")}


def at_provider(company: Company, folder: str) -> list[set[bytes]]:
    provider = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port, timeout=PATIENCE_S)
    with provider:
        provider.login(company.dovecot.user, company.dovecot.password)
        provider.select(folder, readonly=True)
        rows = provider.fetch("1:*", "(FLAGS)")[1]
        return [set(imaplib.ParseFlags(row)) for row in rows if isinstance(row, bytes)]


ALWAYS = {b"\\Deleted", b"\\Seen", b"\\*"}
EVERY = ALWAYS | {b"\\Flagged", b"\\Answered", b"\\Draft"}


@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_the_copy_has_its_keywords_and_tells_the_truth(company: Company, verb: str) -> None:
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        ok(anna.uid("STORE", "1,2", "+FLAGS", MARKED))
        ok(anna.uid("STORE", "1", "+FLAGS", r"(\Seen $status-hold)"))
        insist(lambda: anna.uid(verb, "1", "Archive"))
        assert alerts(anna) == 1
        ok(anna.uid(verb, "2", "Archive"))
        assert alerts(anna) == 0  # it is said once
        source = {b"\\Flagged", b"\\Answered", b"kw1", b"\\Seen", b"$status-hold"}
        if verb == "COPY":
            assert flags(anna) == source
        copied = source - {b"\\Flagged", b"\\Answered"}
        until(partial(keeps, anna, "Archive", ALWAYS))
        assert flags(anna) == copied
        assert flags(anna, b"2") == {b"kw1"}
        until(partial(keeps, anna, "INBOX", EVERY))
    records = company.proxy.audit("--action", ACTIONS[verb])
    told = {str(sorted(one["detail"]["not-kept"])) for one in records}  # type: ignore[index]
    assert told == {str(["\\Answered", "\\Flagged"])}
    restart(company, COUNT if verb == "COPY" else COUNT - 2)
    with company.proxy.imap("ben") as ben:
        ok(ben.select("Archive"))
        assert flags(ben) == copied - {b"\\Seen"}
        until(partial(keeps, ben, "Archive", ALWAYS))
    assert not {b"\\Flagged", b"kw1"} & set().union(*at_provider(company, "Archive"))


def test_a_right_that_goes_and_comes_is_noticed(company: Company) -> None:
    """While proxyd runs, in a folder that it knows to keep all."""
    allow(company, "lrswipte", "Archive")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        ok(anna.uid("STORE", "1:3", "+FLAGS", MARKED))
        insist(lambda: anna.uid("COPY", "1", "Archive"))
        ok(anna.select("Archive"))
        first = anna.uid("SEARCH", "ALL")[1][0].split()[0]
        allow(company, "lrsipte", "Archive")
        ok(anna.select("INBOX"))
        insist(lambda: anna.uid("COPY", "2", "Archive"))
        until(partial(keeps, anna, "Archive", ALWAYS))
        last = anna.uid("SEARCH", "ALL")[1][0].split()[-1]
        assert flags(anna, last) == {b"kw1"}
        # What the provider has from before can't be taken away. (While proxyd has no line it is
        # taken down, and undone when it can't be delivered.)
        assert flags(anna, first) == {b"\\Flagged", b"\\Answered", b"kw1"}
        until(lambda: anna.uid("STORE", first.decode(), "-FLAGS", "(kw1)")[0] == "NO")
        assert flags(anna, first) == {b"\\Flagged", b"\\Answered", b"kw1"}


def test_what_is_stored_with_flags_is_quiet_for_drafts(company: Company) -> None:
    allow(company, "lrsipte", "Drafts")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        for _ in range(3):
            insist(lambda: anna.append("Drafts", r"(\Draft \Seen kw1)", None, MAIL))
            assert alerts(anna) == 0
        for expected in (1, 0):
            insist(lambda: anna.append("Archive", r"(\Flagged \Seen kw1)", None, MAIL))
            assert alerts(anna) == expected
        for folder in ("Drafts", "Archive"):
            ok(anna.select(folder))
            [uid, *_] = anna.uid("SEARCH", "SUBJECT", "filed")[1][0].split()
            assert flags(anna, uid) == {b"\\Seen", b"kw1"}


def test_several_at_once_are_stored_with_what_can_be_kept(company: Company) -> None:
    """MULTIAPPEND (RFC 3502)."""
    other = MAIL.replace(b"filed@x", b"other@x")
    with company.proxy.imap("anna") as anna:
        tag = anna._new_tag()  # type: ignore[attr-defined]
        parts = (b"%b (%b) {%d+}\r\n%b" % (b"", marks, len(mail), mail) for marks, mail in (
            (rb"\Flagged kw1", MAIL), (rb"\Answered kw2", other)))  # fmt: skip
        anna.send(tag + b" APPEND Archive" + b"".join(parts) + b"\r\n")
        while not (line := anna.readline()).startswith(tag):
            assert line
        assert line.startswith(tag + b" OK")
        ok(anna.select("Archive"))
        for mail, keyword in ((b"filed@x", b"kw1"), (b"other@x", b"kw2")):
            found = anna.uid("SEARCH", "HEADER", "Message-ID", mail.decode())[1][0].split()
            assert flags(anna, found[-1]) == {keyword}


def test_of_a_store_that_is_refused_what_can_be_kept_is(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        insist(lambda: anna.uid("COPY", "1", "Archive"))
        ok(anna.select("Archive"))
        for expected in (1, 0):
            stored = anna.uid("STORE", "1", "+FLAGS", r"(\Flagged \Seen \Deleted kw1)")
            assert stored[0] == "NO"
            assert flags(anna) == {b"kw1"}
            assert alerts(anna) == expected
        ok(anna.uid("STORE", "1", "+FLAGS", r"(\Seen \Deleted)"))
        assert flags(anna) == {b"\\Seen", b"\\Deleted", b"kw1"}


@pytest.mark.parametrize("seen", ["person", "shared"])
def test_seen_without_the_right_to_it(company: Company, seen: str) -> None:
    company.proxy.stop()
    company.proxy.command("mailbox", "set", "support", "--seen", seen)
    company.proxy.start()
    company.proxy.wait_synced(COUNT)
    allow(company, "lrwipte", "Archive")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        ok(anna.uid("STORE", "1,2", "+FLAGS", r"(\Seen \Flagged)"))
        insist(lambda: anna.uid("COPY", "1", "Archive"))
        ok(anna.append("Archive", r"(\Seen \Flagged)", None, MAIL))
        shown = {b"\\Flagged"} if seen == "shared" else {b"\\Flagged", b"\\Seen"}
        unkept = {b"\\Seen"} if seen == "shared" else set()
        until(partial(keeps, anna, "Archive", EVERY - unkept))
        for uid in (b"1", b"2"):
            assert flags(anna, uid) == shown
        stored = anna.uid("STORE", "1", "+FLAGS", r"(\Seen)")[0]
        assert stored == ("NO" if seen == "shared" else "OK")
        # Who reads it reads it, whether or not that leaves a mark.
        assert anna.uid("FETCH", "2", "(BODY[])")[0] == "OK"
        assert flags(anna, b"2") == shown


def test_deleted_without_the_right_to_it(company: Company) -> None:
    """The mark is this person's own; what can't be removed stays, and is said to."""
    allow(company, "lrswip", "Archive")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        # A flag that arrives teaches what the folder keeps by now; else it is asked in ten minutes.
        ok(anna.uid("STORE", "1", "+FLAGS", r"(\Flagged)"))
        insist(lambda: anna.uid("COPY", "1", "Archive"))
        until(partial(keeps, anna, "Archive", EVERY))
        ok(anna.uid("STORE", "1", "+FLAGS", r"(\Deleted)"))
        assert flags(anna) == {b"\\Flagged", b"\\Deleted"}
        assert anna.expunge()[0] == "NO"
        assert flags(anna) == {b"\\Flagged", b"\\Deleted"}
    assert len(at_provider(company, "Archive")) == 1
