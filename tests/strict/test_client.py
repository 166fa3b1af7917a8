"""The strict client is strict: each of these servers is caught."""

from __future__ import annotations

import pytest

from tests.strict import asks
from tests.strict.asks import Ask
from tests.strict.belief import Belief
from tests.strict.client import StrictClient
from tests.strict.cursor import Violation

WORDS = "IMAP4rev1 ENABLE CONDSTORE QRESYNC ESEARCH MOVE UIDPLUS"
OPENED = (
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
    "* OK [PERMANENTFLAGS (\\Seen \\*)] kept",
    "* 3 EXISTS",
    "* OK [UIDVALIDITY 7] valid",
    "* OK [UIDNEXT 10] next",
    "* OK [HIGHESTMODSEQ 5] so far",
)


def said(client: StrictClient, *lines: str) -> None:
    for line in lines:
        client.received(line.encode() + b"\r\n")


def asked(client: StrictClient, ask: Ask, *lines: str, end: str = "OK done") -> Ask:
    client.send(ask)
    said(client, *lines, f"{ask.tag.decode()} {end}")
    return ask


@pytest.fixture
def client() -> StrictClient:
    client = StrictClient("a")
    said(client, f"* OK [CAPABILITY {WORDS}] ready")
    asked(client, asks.select(b"INBOX"), *OPENED, end="OK [READ-WRITE] done")
    rows = [f"* {n} FETCH (UID {n * 2} FLAGS (\\Seen) MODSEQ ({n}))" for n in (1, 2, 3)]
    asked(client, asks.fetch(((1, 0),), ("UID", "FLAGS", "MODSEQ"), uid=True), *rows)
    return client


def belief(client: StrictClient) -> Belief:
    assert client.selected is not None
    return client.selected


def test_what_is_right_is_believed(client: StrictClient) -> None:
    asked(client, asks.bare("NOOP"), "* 2 EXPUNGE", "* 3 EXISTS")
    assert [slot.uid for slot in belief(client).slots] == [2, 6, None]
    said(client, "* 3 FETCH (UID 10 FLAGS () MODSEQ (9))")
    assert belief(client).remembered()[10] == (frozenset(), 9)
    assert belief(client).highest == 5
    asked(client, asks.bare("NOOP"))
    assert belief(client).highest == 9


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("* 2 EXISTS",), "only EXPUNGE makes it smaller"),
        (("* 4 EXPUNGE",), "number 4 of 3"),
        (("* 1 FETCH (UID 3 FLAGS () MODSEQ (9))",), "is told as 3"),
        (("* 4 EXISTS", "* 4 FETCH (UID 5 FLAGS () MODSEQ (9))"), "between 6"),
        (("* 1 FETCH (UID 2 FLAGS ($New) MODSEQ (9))",), "no FLAGS line announced"),
        (("* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (0))",), "from 1 to"),
        (("* 3 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (2))",), "after 3"),
        (("* 3 FETCH (UID 6 FLAGS () MODSEQ (3))",), "at the same MODSEQ"),
        (("* 3 FETCH (UID 6 FLAGS ())",), "without MODSEQ"),
        (("* VANISHED 2",), "without ENABLE QRESYNC"),
        (("* SEARCH 1",), "answers nothing"),
        (("* 1 EXPUNGE", "* 3 EXISTS", "* 3 FETCH (UID 2 FLAGS () MODSEQ (9))"), "told again"),
        (("* 4 RECENT",), "RECENT 4 of 3"),
        (("* 1 RECENT",), "from 0 to 0 can be"),
        (("* 1 FETCH (FLAGS (\\Recent) MODSEQ (9))",), "recent is True"),
        (("* FLAGS (\\Recent)",), "no flag of FLAGS"),
        (("* 1 FETCH (FLAGS (\\Seen \\Seen))",), "each flag once"),
        (("* OK [NEVERHEARD] x",), "no RFC of ours"),
        (("* 01 EXISTS",), "at octet 3"),
        (('* LIST (\\HasChildren \\HasNoChildren) "/" x',), "attributes"),
        (("a9 OK done",), "is answered"),
        (("+ go on",), "nobody waits for"),
    ],
)
def test_a_lying_server_is_caught_in_a_noop(
    client: StrictClient, lines: tuple[str, ...], why: str
) -> None:
    with pytest.raises(Violation, match=why):
        asked(client, asks.bare("NOOP"), *lines)


@pytest.mark.parametrize(
    ("ask", "lines", "end", "why"),
    [
        (asks.fetch(((1, 2),), ("FLAGS",)), ("* 1 FETCH (FLAGS ())",), "OK x", "2 .UID 4.: no"),
        (asks.fetch(((1, 1),), ("UID",)), ("* 2 EXPUNGE",), "OK x", "where none is allowed"),
        (asks.store(((1, 1),), "+", ["\\Draft"]), (), "OK x", "without its flags"),
        (
            asks.store(((1, 1),), "+", ["\\Draft"]),
            ("* 1 FETCH (UID 2 FLAGS () MODSEQ (9))",),
            "OK x",
            "not as wanted",
        ),
        (
            asks.store(((3, 3),), "+", ["\\Seen"], unchanged_since=2),
            ("* 3 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (9))",),
            "OK x",
            "stored all the same",
        ),
        (asks.store(((1, 1),), "+", ["\\Seen"]), (), "OK [MODIFIED 1] x", "UNCHANGEDSINCE"),
        (asks.search(b"ALL"), (), "OK x", "answered with"),
        (asks.search(b"ALL"), ("* SEARCH 4",), "OK x", "found 4 of 3"),
        (asks.search(b"ALL", uid=True), ("* SEARCH 3",), "OK x", "never told"),
        (
            asks.search(b"ALL", returns=("COUNT", "ALL")),
            ('* ESEARCH (TAG "a3") COUNT 2 ALL 1:3',),
            "OK x",
            "how many",
        ),
        (asks.copy(((1, 2),), b"X"), (), "OK [COPYUID 9 2,4 7] x", "as many"),
        (
            asks.copy(((1, 1),), b"X", move=True),
            ("* OK [COPYUID 9 2 7] x",),
            "OK x",
            "still there",
        ),
        (asks.append(b"X", [("", b"a")]), (), "OK x", "without APPENDUID"),
        (asks.status(b"X", ["MESSAGES"]), ("* STATUS Y (MESSAGES 1)",), "OK x", "asked for"),
        (asks.select(b"X"), OPENED, "OK [READ-WRITE] x", "no CLOSED|only EXPUNGE|outside"),
        (asks.bare("CLOSE"), ("* 1 EXPUNGE",), "OK x", "in answer to CLOSE"),
    ],
)
def test_a_lying_server_is_caught_in_an_answer(
    client: StrictClient, ask: Ask, lines: tuple[str, ...], end: str, why: str
) -> None:
    ask.heard.clear()
    with pytest.raises(Violation, match=why):
        asked(client, ask, *lines, end=end)


def test_numbers_never_go_back_between_two_connections(client: StrictClient) -> None:
    other = StrictClient("b", client.notebook)
    said(other, f"* OK [CAPABILITY {WORDS}] ready")
    lines = [line.replace("UIDNEXT 10", "UIDNEXT 6") for line in OPENED]
    with pytest.raises(Violation, match="UIDNEXT 6, but there is a UID"):
        asked(other, asks.select(b"INBOX"), *lines, end="OK [READ-WRITE] x")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("* VANISHED (EARLIER) 2",), "3 EXISTS, but"),
        (("* 1 FETCH (UID 4 FLAGS () MODSEQ (6))",), "but that is"),
        (("* 2 FETCH (UID 4 FLAGS () MODSEQ (6))", "* VANISHED (EARLIER) 9"), "after a FETCH"),
        (("* 2 FETCH (UID 4 FLAGS ())",), "needs UID, FLAGS and MODSEQ"),
    ],
)
def test_coming_back(client: StrictClient, lines: tuple[str, ...], why: str) -> None:
    client.lost()
    other = StrictClient("b", client.notebook)
    said(other, f"* OK [CAPABILITY {WORDS}] ready")
    asked(other, asks.words("ENABLE", b"QRESYNC"), "* ENABLED QRESYNC")
    kept = client.notebook.kept[b"INBOX"]
    with pytest.raises(Violation, match=why):
        asked(other, asks.select(b"INBOX", kept=kept), *OPENED, *lines, end="OK [READ-WRITE] x")
    assert kept.highest == 5


def notify(client: StrictClient, wish: bytes) -> None:
    asked(client, asks.words("NOTIFY", wish))


def test_annotations_that_notify_asked_for(client: StrictClient) -> None:
    notify(client, b"SET (PERSONAL (MailboxMetadataChange ServerMetadataChange))")
    said(client, "* METADATA INBOX /shared/comment /private/comment")
    get = asks.words("GETMETADATA", b"INBOX /shared/comment")
    asked(client, get, '* METADATA "" "/private/my comment"', '* METADATA INBOX (/shared/a "x")')
    assert [data.value for data in client.notified] == [
        (b"INBOX", (b"/shared/comment", b"/private/comment")),
        (b"", (b"/private/my comment",)),
    ]


@pytest.mark.parametrize(
    ("wish", "line", "why"),
    [
        (b"NONE", "* METADATA INBOX /shared/a", "answers nothing"),
        (b"SET (PERSONAL (MailboxName))", "* METADATA INBOX /shared/a", "answers nothing"),
        (b"SET (PERSONAL (MailboxMetadataChange))", '* METADATA "" /private/a', "answers nothing"),
        (b"SET (PERSONAL (ServerMetadataChange))", "* METADATA X /private/a", "answers nothing"),
        (b"SET (PERSONAL (MailboxMetadataChange))", '* METADATA X (/private/a "x")', "values"),
        (b"SET (PERSONAL (MailboxMetadataChange))", "* STATUS X (MESSAGES 1)", "answers nothing"),
        (b"SET (PERSONAL (MailboxMetadataChange))", "* METADATA X ", "octet"),
        (b"SET (SELECTED (MessageNew (UID) MessageExpunge))", "* 1 FETCH (FLAGS ())", "nobody"),
    ],
)
def test_news_that_notify_did_not_ask_for(
    client: StrictClient, wish: bytes, line: str, why: str
) -> None:
    notify(client, wish)
    with pytest.raises(Violation, match=why):
        asked(client, asks.bare("NOOP"), line)


def test_after_an_overflow_nothing_is_asked_for(client: StrictClient) -> None:
    notify(client, b"SET (PERSONAL (MailboxMetadataChange))")
    said(client, "* OK [NOTIFICATIONOVERFLOW] too much")
    with pytest.raises(Violation, match="answers nothing"):
        said(client, "* METADATA INBOX /shared/a")
