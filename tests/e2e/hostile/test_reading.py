"""One bad mail or folder hides no other, and everybody who is asked about it says the same.

A table: what the provider does × what clients get × the condition that log, readiness, metrics and
``proxyd mailbox status`` tell. In the end every provider is well, and so is everything.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.hostile import quirks
from tests.e2e.hostile.cases import (
    ALL,
    BADLY,
    BODY,
    BUG,
    BYE,
    FLAGGED,
    NO,
    SHOWN,
    SILENCE,
    TEXT,
    Case,
    all_say_the_same,
    clients_get_all_that_there_is,
    furnished,
    unreadable,
    well,
)
from tests.e2e.hostile.house import BAD, MAILS, WORK, House, Seen
from tests.e2e.hostile.provider import CUT
from tests.patience import until
from tests.servers.certificates import Certificates

CASES: dict[str, Case] = {
    # ---------------------------------------------------------------- flags that can't be flags
    "flag-quote": Case(quirks.flags(b'a"b'), (FLAGGED,)),
    "flag-brace": Case(quirks.flags(b"{x"), (FLAGGED,)),
    "flag-control": Case(quirks.flags(b"a\x01b \x7f"), (FLAGGED,)),
    "flag-latin": Case(quirks.flags(b"caf\xe9"), (FLAGGED,)),
    "flag-utf8": Case(quirks.flags("注文".encode()), (FLAGGED,)),
    "flag-long": Case(quirks.flags(b"x" * 100_000), (FLAGGED,)),
    "flag-many": Case(quirks.flags(b" ".join(b"k%d" % n for n in range(20_000))), (FLAGGED,)),
    "flag-none": well(quirks.value(b"FLAGS", b"NIL")),
    # ---------------------------------------------------------------- a header that can't be had
    "header-no": unreadable(quirks.fetching(TEXT, NO)),
    "header-bug": unreadable(quirks.fetching(TEXT, BUG)),
    "header-bad": unreadable(quirks.fetching(TEXT, BADLY)),
    "header-bye": unreadable(quirks.fetching(TEXT, BYE)),
    "header-cut": unreadable(quirks.fetching(TEXT, CUT)),
    "header-silent": Case(quirks.fetching(BODY, SILENCE), (SHOWN,)),
    "header-but-envelope": Case(quirks.fetching(BODY, NO), (SHOWN,)),
    "mail-without-flags": unreadable(quirks.fetching(rb"FLAGS|BODY|ENVELOPE", BUG)),
    "header-cut-within": Case(
        quirks.both(quirks.cut_at(b"BODY["), quirks.fetching(rb"BODY\.PEEK\[\]", CUT)), (SHOWN,)
    ),
    "header-left-out": well(quirks.left_out(rb"HEADER")),
    "mail-left-out": unreadable(quirks.left_out(rb"BODY|ENVELOPE")),
    "header-nil": well(quirks.header(b"NIL")),
    "header-empty": well(quirks.header(b"{0}\r\n")),
    "header-fields-refused": well(quirks.fetching(rb"HEADER\.FIELDS", NO)),
    # ---------------------------------------------------------------- rows with something odd
    "uid-zero": well(quirks.each(lambda text: text.replace(b"UID 9 ", b"UID 0 "))),
    "blank-lines": well(quirks.each(lambda text: text + b"\r\n")),
    "two-spaces": well(
        quirks.each(lambda text: text.replace(b"* ", b"*  ", 1).replace(b" FETCH", b"  FETCH"))
    ),
    "space-before-end": well(
        quirks.each(lambda text: text[:-3] + b" )\r\n" if text.endswith(b")\r\n") else text)
    ),
    "lower-case": well(
        quirks.each(
            lambda text: text.replace(b"FETCH (UID", b"fetch (uid").replace(b"FLAGS", b"flags")
        )
    ),
    "size-huge": well(quirks.value(b"RFC822.SIZE", b"99999999999999999999")),
    "size-negative": well(quirks.value(b"RFC822.SIZE", b"-5")),
    "size-quoted": well(quirks.value(b"RFC822.SIZE", b'"200"')),
    "date-of-no-calendar": well(quirks.value(b"INTERNALDATE", b'"31-Feb-2026 25:61:61 +9999"')),
    "structure-of-no-kind": well(
        quirks.value(b"BODYSTRUCTURE", b'(NIL NIL NIL NIL NIL "7bit" 8 1)')
    ),
    "date-nil": well(quirks.value(b"INTERNALDATE", b"NIL")),
    "unasked-rows": well(
        quirks.each(
            lambda text: (
                b"* 77 FETCH (FLAGS (\\Seen) UID 4711)\r\n* 0 FETCH (x\r\n" + text
                if text.startswith(b"* 3 FETCH")
                else text
            )
        )
    ),
    # ---------------------------------------------------------------- what a mail is made of
    "structure-newline": well(quirks.value(b"BODYSTRUCTURE", b'("text" "pl\nain" NIL)')),
    "structure-unbalanced": well(quirks.value(b"BODYSTRUCTURE", b'(("text" "plain"')),
    "structure-deep": well(quirks.value(b"BODYSTRUCTURE", b"(" * 500 + b'"a"' + b")" * 500)),
    "structure-nil": well(quirks.value(b"BODYSTRUCTURE", b"NIL")),
    "structure-refused": well(quirks.fetching(b"BODYSTRUCTURE", BUG)),
    "structure-bye": well(quirks.fetching(b"BODYSTRUCTURE", BYE)),
    "envelope-nil": well(quirks.value(b"ENVELOPE", b"NIL")),
    "envelope-short": well(quirks.value(b"ENVELOPE", b'("x" NIL)')),
    "envelope-refused": well(quirks.fetching(b"ENVELOPE", NO)),
    # ---------------------------------------------------------------- folders
    "status-refused": well(quirks.commands(rb"STATUS \"?Work", NO)),
    "status-bye": well(quirks.commands(rb"STATUS \"?Work", BYE)),
    "status-inbox": well(quirks.commands(rb"STATUS \"?INBOX", BADLY)),
    "folder-closed": Case(
        quirks.commands(rb"(?:STATUS|SELECT|EXAMINE) \"?Work", BUG),
        (("folder", "Work", ()),),
        work=0,
    ),
    "folder-no": Case(
        quirks.commands(rb"(?:STATUS|SELECT|EXAMINE) \"?Work", NO),
        (("folder", "Work", ()),),
        work=0,
    ),
    "folder-not-read": Case(
        quirks.commands(rb"UID FETCH", NO, "Work"), (("folder", "Work", ()),), work=0
    ),
    "examine-refused": well(quirks.commands(rb"EXAMINE", NO)),
    "examine-unknown": well(quirks.commands(rb"EXAMINE", BADLY)),
    "inbox-closed": Case(
        quirks.commands(rb"(?:SELECT|EXAMINE) \"?INBOX", NO),
        (("folder", "INBOX", ()), ("listening", "", ())),
        inbox=0,
        serious=True,
    ),
    "uidnext-missing": well(quirks.each(lambda text: text.replace(b"UIDNEXT", b"XNEXT"))),
    "list-unquoted": well(quirks.each(lambda text: text.replace(b' "/" ', b" / "))),
    "inbox-unlisted": well(
        quirks.each(lambda text: b"" if text.startswith(b"* LIST") and b"INBOX" in text else text)
    ),
    # ---------------------------------------------------------------- searching
    "search-charset": well(
        quirks.commands(rb"UID SEARCH CHARSET", b"TAG NO [BADCHARSET (US-ASCII)] no\r\n")
    ),
    "search-bad": well(quirks.commands(rb"UID SEARCH (?!UID|ALL)", BADLY)),
    "search-no": well(quirks.commands(rb"UID SEARCH (?!UID|ALL)", NO)),
    "search-nonsense": well(
        quirks.commands(rb"UID SEARCH (?!UID|ALL)", b"* SEARCH yes 2\r\nTAG OK done\r\n")
    ),
    # ---------------------------------------------------------------- listening
    "idle-no": Case(quirks.commands(rb"IDLE", NO), (("listening", "", ()),)),
    "idle-bad": Case(quirks.commands(rb"IDLE", BADLY), (("listening", "", ()),)),
}
NAMES = list(CASES)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("hostile"), certificates, CASES) as house:
        yield house


@pytest.mark.parametrize("name", NAMES)
def test_clients_get_all_that_there_is(house: House, name: str) -> None:
    clients_get_all_that_there_is(house, name, CASES[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("search")])
def test_what_the_provider_does_not_search_is_searched_here(house: House, name: str) -> None:
    with house.proxy.imap(f"anna*{name}") as client:
        client.select("INBOX", readonly=True)
        for criteria, found in (
            ('SUBJECT "inbox 3"', b"3"),
            ('HEADER Message-ID "INBOX2@"', b"2"),
            ('BODY "Text 4"', b"4"),
            ('TEXT "text" SENTON 23-Nov-2026 NOT FROM "nobody"', b"1 2 3 4 5"),
            ('OR SUBJECT "INBOX 1" BODY "text 5"', b"1 5"),
        ):
            assert client.search(None, criteria) == ("OK", [found]), criteria
        client.literal = "ＩＮＢＯＸ ２".encode()
        assert client.search("UTF-8", "SUBJECT") == ("OK", [b"2"])


@pytest.mark.parametrize("name", NAMES)
def test_log_readiness_metrics_and_status_say_the_same(house: House, name: str) -> None:
    all_say_the_same(house, name, CASES[name])


def test_the_command_line_says_the_same(house: House) -> None:
    told = house.status()
    assert {name: told[name] for name in NAMES} == {
        name: {Seen(*one) for one in case.told} for name, case in CASES.items()
    }


def test_when_the_providers_are_well_everything_is(house: House) -> None:
    house.heal()
    for name, case in CASES.items():
        # Flags are looked at when the provider says that they have changed, and IDLE is tried again
        # by and by.
        until(
            lambda n=name: {one.kind for one in house.ready(n)} <= {"flags", "listening"},  # type: ignore[misc]
            f"{name} is not well again",
        )
        until(lambda n=name: house.messages(n) == MAILS, name)  # type: ignore[misc]
        subjects = [b"INBOX %d" % number for number in ALL]
        assert sorted(house.subjects(name), key=str) == subjects, name
        if SHOWN in case.told:
            # It came in again under a UID that no client has read anything under.
            assert house.subjects(name)[-1] == b"INBOX %d" % BAD
        until(lambda n=name: house.messages(n, "Work") == WORK, name)  # type: ignore[misc]
    assert house.readiness()[0] == 200
