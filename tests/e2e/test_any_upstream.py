"""Whatever the provider runs, the client sees the same proxy.

One long dialogue is held with four proxies, in front of Dovecot, Cyrus, Courier and a server of RFC
3501 alone, and the transcripts are compared line by line; then the main job on each.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator

import pytest

from tests.e2e.providers import KINDS, Place, Places, without_numbers
from tests.e2e.raw_line import RawLine, signed_in
from tests.e2e.test_main_job import enquiry, flags_of, reply, uid_of
from tests.patience import PATIENCE_S, until
from tests.servers.bare_imap import BareImap
from tests.servers.certificates import Certificates
from tests.servers.courier import Courier

POLL_S = 2.0  # of these installations
BULK = 40

DRAFT = b"From: support@example.test\r\nSubject: later\r\nMessage-ID: <d@example.test>\r\n\r\nx\r\n"
LITERAL = b"{%d+}\r\n%b" % (len(DRAFT), DRAFT)

# {n+} stands for the draft; what begins with "!" is refused.
DIALOGUE: tuple[bytes, ...] = (
    b"CAPABILITY",
    b"NAMESPACE",
    b'LIST "" "*"',
    b'LIST (SUBSCRIBED) "" "*" RETURN (CHILDREN)',
    b'LSUB "" "*"',
    b'LIST "" "%" RETURN (STATUS (MESSAGES UNSEEN))',
    b"SELECT INBOX",
    b"FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)",
    b"FETCH 1:* ENVELOPE",
    b"FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])",
    b"FETCH 1 BODY.PEEK[]<10.30>",
    b"FETCH 1:3 BODY.PEEK[]",
    b"FETCH 2 (BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[2]<0.10> BODY.PEEK[HEADER])",
    b"FETCH 1 RFC822.TEXT",
    b"FETCH 1:3 (BODY.PEEK[HEADER.FIELDS (TO FROM)] BODY[HEADER.FIELDS (FROM TO)])",
    b"FETCH 1:3 (BODY.PEEK[]<0.20> BODY.PEEK[]<0.9> BODY.PEEK[TEXT]<3.9> BODY.PEEK[TEXT]<3.4>)",
    b"SEARCH UNSEEN",
    b'SEARCH SUBJECT "picture"',
    b'SEARCH OR FROM "bob" BODY "hello"',
    b'SEARCH HEADER In-Reply-To "<1@customer.example.org>"',
    b"SEARCH CHARSET UTF-8 TEXT {9+}\r\n\xe6\xb3\xa8\xe6\x96\x87\xe3\x81\x97",
    b"UID SEARCH RETURN (MIN MAX COUNT) ALL",
    b"STORE 2 +FLAGS (\\Flagged Label1)",
    b"STORE 2 -FLAGS (\\Flagged)",
    b"FETCH 2 FLAGS",
    b"SEARCH KEYWORD Label1",
    b"STORE 1 +FLAGS ($status-hold)",
    b"STORE 1 +FLAGS ($assignee-chief)",
    b"STORE 1 FLAGS (\\Answered)",
    b"FETCH 1:3 FLAGS",
    b"CREATE Projects/2026",
    b"!CREATE Projects/2026",
    b"SUBSCRIBE Projects/2026",
    b"COPY 1:2 Projects/2026",
    b"STATUS Projects/2026 (MESSAGES UIDNEXT UNSEEN)",
    b"RENAME Projects/2026 Projects/2027",
    b'LIST "" "Projects/*"',
    b"APPEND Drafts (\\Draft \\Seen) {n+}",
    b"APPEND Projects/2027 (Label2) {n+}",
    b"STATUS Projects/2027 (MESSAGES UIDNEXT)",
    b"MOVE 2 Projects/2027",
    b"NOOP",
    b"FETCH 1:* (UID FLAGS)",
    b"SELECT Projects/2027",
    b"FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])",
    b"STORE 1:2 +FLAGS (\\Deleted)",
    b"UID EXPUNGE 1",
    b"FETCH 1:* (UID FLAGS)",
    b"EXPUNGE",
    b"FETCH 1:* (UID FLAGS)",
    b"CLOSE",
    b"DELETE Projects/2027",
    b'LIST "" "Projects/%"',
    b'SELECT "Status/On hold"',
    b"FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])",
    b"MOVE 1 Status/Done",
    b"NOOP",
    b"SELECT Status/Done",
    b"FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])",
    b"!SELECT Nowhere",
    b"!STATUS Nowhere (MESSAGES)",
    b"!APPEND Nowhere {n+}",
    b"!RENAME Nowhere Somewhere",
    b"!DELETE Nowhere",
    # The extensions, which none of the four has all of.
    b"SELECT INBOX (CONDSTORE)",
    b"FETCH 1:* (UID MODSEQ)",
    b"FETCH 1:* (FLAGS) (CHANGEDSINCE 1)",
    b"STORE 1 (UNCHANGEDSINCE 1) +FLAGS (Label4)",
    b"SEARCH MODSEQ 1",
    b"FETCH 1 (EMAILID THREADID)",
    b"FETCH 1:2 PREVIEW",
    b"FETCH 1:2 BINARY.SIZE[1]",
    b"FETCH 1:2 BINARY.PEEK[1]",
    b"FETCH 1:2 BINARY.PEEK[1]<2.4>",
    b"FETCH 1:2 (BINARY.PEEK[1]<0.9> BINARY.PEEK[1]<0.4>)",
    b"SORT (REVERSE SUBJECT) UTF-8 ALL",
    b"UID SORT RETURN (MIN COUNT) (ARRIVAL) UTF-8 ALL",
    b"THREAD REFERENCES UTF-8 ALL",
    b"UID THREAD ORDEREDSUBJECT UTF-8 ALL",
    b"SEARCH RETURN (SAVE) ALL",
    b"FETCH $ UID",
    b"SEARCH YOUNGER 100000",
    b"SEARCH SAVEDBEFORE 1-Jan-2001",
    b"STATUS INBOX (MESSAGES SIZE APPENDLIMIT)",
    b"APPEND Drafts () {n+} (\\Flagged) {n+}",
    b'APPEND Drafts CATENATE (TEXT {n+} URL "/INBOX/;UID=1/;SECTION=TEXT")',
    b"STATUS Drafts (MESSAGES)",
    b"MYRIGHTS INBOX",
    b"GETACL INBOX",
    b'LIST (SPECIAL-USE) "" "*" RETURN (SPECIAL-USE MYRIGHTS)',
    b'SETMETADATA INBOX (/private/comment "mine")',
    b"GETMETADATA INBOX /private/comment",
    b"NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))",
    b"NOTIFY NONE",
    b"ENABLE QRESYNC",
    b"SELECT INBOX",
    b"ENABLE IMAP4rev2",
    b"SEARCH ALL",
    b"ENABLE UTF8=ACCEPT",
    "CREATE 顧客/案件".encode(),
    'LIST "" "顧客/%"'.encode(),
    "DELETE 顧客/案件".encode(),
    b"EXAMINE INBOX",
    b"!COPY 1 Nowhere",
    b"!STORE 1 +FLAGS (\\Flagged)",
    b"UNSELECT",
    b"LOGOUT",
)


@pytest.fixture(scope="module")
def places(certificates: Certificates) -> Iterator[Places]:
    found = Places(certificates)
    try:
        found.open()
        yield found
    finally:
        found.close()


@pytest.fixture(params=KINDS)
def place(places: Places, request: pytest.FixtureRequest) -> Place:
    return places[request.param]


# ---------------------------------------------------------------- one dialogue for all


def transcript(place: Place) -> list[list[bytes]]:
    """What came back to each command."""
    with signed_in(place.proxy, "chief") as line:
        return [
            without_numbers(line.ask(b"x " + text.lstrip(b"!").replace(b"{n+}", LITERAL)))
            for text in DIALOGUE
        ]


def test_the_client_sees_the_same_proxy(places: Places) -> None:
    transcripts = {kind: transcript(places[kind]) for kind in KINDS}
    for kind in KINDS:
        answers = zip(DIALOGUE, transcripts[kind], transcripts["dovecot"], strict=True)
        for command, told, as_with_dovecot in answers:
            assert told == as_with_dovecot, (kind, command)
            assert told[-1].startswith(b"x NO" if command[:1] == b"!" else b"x OK"), command


# ---------------------------------------------------------------- the main job


def arrives(place: Place, client: imaplib.IMAP4, subject: str) -> tuple[str, str]:
    """A customer's mail: its Message-ID and its UID, once it is there, also without IDLE."""
    message_id, raw = enquiry(subject)
    place.provider.deliver(raw)
    return message_id, uid_of(client, message_id)


def test_a_mail_is_seen_claimed_answered_and_done(place: Place) -> None:
    proxy = place.proxy
    with proxy.imap("anna") as anna, proxy.imap("ben") as ben:
        anna.select("INBOX")
        ben.select("INBOX")
        message_id, uid = arrives(place, anna, "job")
        assert "$status-open" in flags_of(anna, uid)
        assert anna.uid("STORE", uid, "+FLAGS", "($assignee-anna $status-checking)")[0] == "OK"
        assert {"$assignee-anna", "$status-checking"} <= flags_of(ben, uid)
        assert ben.uid("MOVE", uid, '"Status/Mine"')[0] == "NO"
        with proxy.smtp("anna") as smtp:
            assert smtp.send_message(reply(message_id)) == {}
        for client in (anna, ben):
            assert {"\\Answered", "$status-done", "$assignee-anna"} <= flags_of(client, uid)
        anna.uid("FETCH", uid, "(BODY[])")
        assert "\\Seen" in flags_of(anna, uid)
        assert "\\Seen" not in flags_of(ben, uid)
        anna.select("Sent")
        sent = uid_of(anna, _received(place))
        assert b"It is on its way" in anna.uid("FETCH", sent, "(BODY[TEXT])")[1][0][1]
    assert place.provider.count("Sent", _received(place)) == 1
    assert place.provider.count("INBOX", message_id) == 1


def _received(place: Place) -> str:
    """The Message-ID of the last mail that went out."""
    found = re.search(rb"(?im)^Message-ID: (<[^>]+>)", place.sink.received[-1].message)
    assert found
    return found[1].decode()


def test_a_mail_moved_by_the_provider_is_gone_here_too(place: Place) -> None:
    """Webmail, or another client that does not know of us."""
    with place.proxy.imap("anna") as anna:
        anna.select("INBOX")
        _, uid = arrives(place, anna, "webmail")
        direct = _direct(place)
        direct.select("INBOX")
        number = direct.search(None, "SUBJECT", '"webmail"')[1][0].decode()
        assert direct.store(number, "+FLAGS", "(\\Flagged)")[0] == "OK"
        until(lambda: "\\Flagged" in flags_of(anna, uid))
        assert direct.copy(number, _direct_name(place, "Archive"))[0] == "OK"
        assert direct.store(number, "+FLAGS", "(\\Deleted)")[0] == "OK"
        direct.expunge()
        direct.logout()
        until(lambda: uid not in _uids(anna))
        anna.select("Archive")
        until(lambda: anna.uid("SEARCH", "SUBJECT", '"webmail"')[1][0])


def _uid(client: imaplib.IMAP4, message_id: str) -> str:
    """ "" while it is not there, or can't be looked for."""
    answer, data = client.uid("SEARCH", "HEADER", "Message-ID", message_id)
    return data[0].decode() if answer == "OK" else ""


def _uids(client: imaplib.IMAP4) -> list[str]:
    client.noop()
    return [uid.decode() for uid in client.uid("SEARCH", "ALL")[1][0].split()]


def _direct(place: Place) -> imaplib.IMAP4:
    """A client of the provider's, without us."""
    client = imaplib.IMAP4_SSL(
        "localhost", place.provider.tls_port, ssl_context=place.proxy.trust(), timeout=PATIENCE_S
    )
    client.login(place.provider.user, place.provider.password)
    return client


def _direct_name(place: Place, name: str) -> str:
    return f"INBOX.{name}" if isinstance(place.provider, Courier) else name


def test_many_mails_at_once(place: Place) -> None:
    raws = [enquiry(f"bulk {number}")[1] for number in range(BULK)]
    before = _in_trash(place)  # what was deleted by the tests before this one
    with place.proxy.imap("chief") as chief:
        for raw in raws:
            assert chief.append("Archive", "(\\Seen Label3)", None, raw)[0] == "OK"
        chief.select("Archive")
        uids = chief.uid("SEARCH", "SUBJECT", '"bulk"')[1][0].split()
        assert len(uids) == BULK
        both = f"{uids[0].decode()}:{uids[-1].decode()}"
        assert chief.uid("STORE", both, "+FLAGS", "(\\Flagged)")[0] == "OK"
        assert chief.uid("MOVE", both, "Trash")[0] == "OK"
        assert chief.uid("SEARCH", "SUBJECT", '"bulk"')[1][0] == b""
        chief.select("Trash")
        found = chief.uid("SEARCH", "KEYWORD", "Label3", "FLAGGED", "SUBJECT", '"bulk"')[1][0]
        assert len(found.split()) == BULK
    assert _in_trash(place) - before == BULK


def _in_trash(place: Place) -> int:
    """At the provider, without us."""
    direct = _direct(place)
    counted = direct.status(_direct_name(place, "Trash"), "(MESSAGES)")[1][0]
    direct.logout()
    return int(re.findall(rb"MESSAGES (\d+)", counted)[0])


BARE_LF = b"Subject: bare\n\nx\n"
NUL = b"Subject: nul\r\n\r\n\0\r\n"


def literal(octets: bytes) -> bytes:
    return b"{%d+}\r\n%b" % (len(octets), octets)


def test_what_the_provider_does_not_take_is_refused_in_its_words(places: Places) -> None:
    """Cyrus takes no bare LF, nobody a NUL; and the next mail is taken again."""
    with signed_in(places["cyrus"].proxy, "chief") as line:
        for raw, sentence in ((BARE_LF, b"bare newlines"), (NUL, b"zero octet")):
            answer = line.ask(b"x APPEND Drafts () " + literal(raw))[-1]
            assert answer.startswith(b"x NO ")
            assert sentence in answer
            assert line.ask(b"y APPEND Drafts () " + LITERAL)[-1].startswith(b"y OK [APPENDUID ")
        before = line.ask(b"s STATUS Drafts (MESSAGES)")[0]
        several = b" () ".join((b"x APPEND Drafts", LITERAL, literal(BARE_LF)))
        assert line.ask(several)[-1].startswith(b"x NO ")
        # RFC 3502 §6.3.11: all of them or none.
        assert line.ask(b"s STATUS Drafts (MESSAGES)")[0] == before


@pytest.mark.parametrize("raw", [BARE_LF, NUL])
def test_an_odd_mail_is_taken_or_refused_and_nothing_breaks(place: Place, raw: bytes) -> None:
    with signed_in(place.proxy, "chief") as line:
        taken = line.ask(b"x APPEND Junk () " + literal(raw))[-1].startswith(b"x OK")
        line.ask(b"y SELECT Junk")
        fetched = line.ask(b"z FETCH * (BODY.PEEK[] RFC822.SIZE)")
        assert fetched[-1].startswith(b"z OK")
        if taken:
            size = re.search(rb"RFC822\.SIZE (\d+)", fetched[0])
            octets = re.search(rb"BODY\[\] \{(\d+)\}\r\n", fetched[0])
            assert size
            assert octets
            # RawLine took the literal by its length: what follows is IMAP again.
            assert re.search(rb"[ )][^\n]*\)\r\n\Z", fetched[0][octets.end() + int(octets[1]) :])


def test_the_provider_renumbers_a_folder(places: Places) -> None:
    """UIDVALIDITY changes upstream; our UIDs stay with their mails."""
    place = places["courier"]
    provider = place.provider
    assert isinstance(provider, Courier)
    with place.proxy.imap("anna") as anna:
        anna.select("INBOX")
        message_id, uid = arrives(place, anna, "renumbered")
        validity = anna.response("UIDVALIDITY")[1]
        provider.renumber()
        again, raw = enquiry("after it")
        provider.deliver(raw)
        with signed_in(place.proxy, "ben") as ben:
            ben.ask(b"s SELECT INBOX")
            until(lambda: _whole_or_refused(ben, uid.encode()) and _uid(anna, again))
        anna.select("INBOX")
        assert anna.response("UIDVALIDITY")[1] == validity
        assert int(uid_of(anna, again)) > int(uid)
        # Courier gives a mail another UID once more where it was in new/: then it has come anew.
        assert int(uid_of(anna, message_id)) >= int(uid)


def _whole_or_refused(line: RawLine, uid: bytes) -> bool:
    """OK is said of a mail that was shown, of a mark that is set, and of nothing else."""
    stored = line.ask(b"t UID STORE %b +FLAGS (\\Flagged)" % uid)
    told = [one for one in stored if b"UID %b " % uid in one]
    if told and stored[-1].startswith(b"t OK"):
        assert b"\\Flagged" in told[-1], stored
    answer = line.ask(b"f UID FETCH %b (BODY.PEEK[TEXT])" % uid)
    rows = [one for one in answer if b"BODY[TEXT]" in one]
    assert all(b"Where is my order" in one and b"UID %b " % uid in one for one in rows), answer
    if rows:
        assert answer[-1].startswith(b"f OK"), answer
        return True
    known = line.ask(b"u UID SEARCH UID %b" % uid)[0].split()[2:]
    codes = (b"f NO [UNAVAILABLE]", b"f NO [EXPUNGEISSUED]")
    assert answer[-1].startswith(codes) or (not known and answer[-1].startswith(b"f OK")), answer
    return not known


def test_the_bare_provider_was_never_asked_for_more_than_rfc_3501(places: Places) -> None:
    bare = places["bare"].provider
    assert isinstance(bare, BareImap)
    assert bare.refused == []
