"""FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE and APPEND as a client sees them."""

from __future__ import annotations

import pytest

from proxyd.demo.imap_server import DemoImap
from tests.demo.conftest import MAILS, NOW_US, Connect
from tests.imapwire.wirevalues import fetch_rows

INBOX = "INBOX"


async def test_fetch_facts(connect: Connect) -> None:
    client = await connect()
    assert await client.ok("FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)") == [
        b'1 FETCH (UID 1 FLAGS () INTERNALDATE "01-Jun-2026 12:00:00 +0900" RFC822.SIZE %d)'
        % len(MAILS[0])
    ]


async def test_fetch_all_attributes_and_sections(connect: Connect) -> None:
    client = await connect()
    asked = "ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (SUBJECT)]"
    asked += " BODY.PEEK[1]<1.3> RFC822.HEADER BODY.PEEK[9]"
    (line,) = await client.ok(f"FETCH 1 ({asked})")
    row = fetch_rows(b"* " + line + b"\r\n")[1]
    header, _, text = MAILS[0].partition(b"\r\n\r\n")
    assert row[b"BODY[]"] == MAILS[0]
    assert row[b"BODY[HEADER.FIELDS (SUBJECT)]"] == b"Subject: one\r\n\r\n"
    assert row[b"BODY[1]<1>"] == text[1:4]
    assert row[b"RFC822.HEADER"] == header + b"\r\n\r\n"
    assert row[b"BODY[9]"] is None
    assert row[b"ENVELOPE"][1] == b"one"
    assert row[b"BODY"] == row[b"BODYSTRUCTURE"][:8]


async def test_peek_leaves_unseen_and_body_sets_seen(connect: Connect) -> None:
    client, other = await connect(), await connect()
    await client.ok("FETCH 1:2 BODY.PEEK[TEXT]")
    assert await client.ok("SEARCH SEEN") == [b"SEARCH"]
    assert await client.ok("FETCH 2 BODY[TEXT]") == [
        b"2 FETCH (BODY[TEXT] {8}\r\nsecond\r\n)",
        b"2 FETCH (UID 2 FLAGS (\\Seen))",
    ]
    assert await other.ok("NOOP") == [b"2 FETCH (UID 2 FLAGS (\\Seen))"]


async def test_examine_never_sets_seen(connect: Connect) -> None:
    client = await connect(None)
    await client.ok("EXAMINE INBOX")
    await client.ok("FETCH 1 BODY[]")
    assert await client.ok("SEARCH SEEN") == [b"SEARCH"]
    assert (await client.command("STORE 1 +FLAGS (\\Seen)")).startswith(b"NO [READ-ONLY]")
    assert (await client.command("EXPUNGE")).startswith(b"NO [READ-ONLY]")
    assert (await client.command("MOVE 1 Trash")).startswith(b"NO [READ-ONLY]")


async def test_uid_fetch_names_the_uid_and_passes_over_uids_of_no_message(connect: Connect) -> None:
    client = await connect()
    assert await client.ok("UID FETCH 4:99 (FLAGS)") == [b"4 FETCH (UID 4 FLAGS ())"]
    assert await client.ok("UID FETCH 99:* (FLAGS)") == [b"4 FETCH (UID 4 FLAGS ())"]
    assert await client.ok("UID FETCH 77 (FLAGS)") == []


async def test_number_of_no_message_is_bad(connect: Connect) -> None:
    client = await connect()
    assert (await client.command("FETCH 5 FLAGS")).startswith(b"BAD")
    assert (await client.command("FETCH 1:5 FLAGS")).startswith(b"BAD")
    await client.ok("SELECT Trash")
    assert (await client.command("FETCH 1:* FLAGS")).startswith(b"BAD")


@pytest.mark.parametrize(
    ("item", "before", "after"),
    [
        ("+FLAGS ($x \\Seen)", "($X)", b"($X \\Seen)"),
        ("-FLAGS ($x)", "($X \\Seen)", b"(\\Seen)"),
        ("FLAGS (b)", "(a \\Seen)", b"(b)"),
        ("FLAGS ()", "(a)", b"()"),
    ],
)
async def test_store(connect: Connect, item: str, before: str, after: bytes) -> None:
    client = await connect()
    await client.ok(f"STORE 3 FLAGS.SILENT {before}")
    assert await client.ok(f"STORE 3 {item}") == [b"3 FETCH (FLAGS %b)" % after]
    assert await client.ok(f"UID STORE 3 {item}") == [b"3 FETCH (UID 3 FLAGS %b)" % after]


async def test_silent_store_tells_others_only(connect: Connect) -> None:
    client, other = await connect(), await connect()
    assert await client.ok("STORE 1 +FLAGS.SILENT (\\Flagged)") == []
    assert await client.ok("NOOP") == []
    assert await other.ok("NOOP") == [b"1 FETCH (UID 1 FLAGS (\\Flagged))"]


async def test_silent_store_does_not_hide_what_others_changed(connect: Connect) -> None:
    client, other = await connect(), await connect()
    await other.ok("STORE 1 +FLAGS ($theirs)")
    assert await client.ok("STORE 1 +FLAGS.SILENT ($mine)") == [
        b"1 FETCH (UID 1 FLAGS ($theirs $mine))"
    ]


async def test_expunge_renumbers_and_others_hear_at_a_safe_moment(connect: Connect) -> None:
    client, other = await connect(), await connect()
    await client.ok("STORE 1,3 +FLAGS.SILENT (\\Deleted)")
    assert await client.ok("EXPUNGE") == [b"3 EXPUNGE", b"1 EXPUNGE"]
    assert await other.ok("FETCH 4 UID") == [b"4 FETCH (UID 4)"]
    assert await other.ok("FETCH 1 UID") == []  # gone, and not to be told during FETCH
    assert await other.ok("SEARCH ALL") == [b"SEARCH 2 4"]
    assert await other.ok("NOOP") == [b"3 EXPUNGE", b"1 EXPUNGE"]
    assert await other.ok("FETCH 1:* UID") == [b"1 FETCH (UID 2)", b"2 FETCH (UID 4)"]


async def test_uid_expunge_takes_only_what_is_named(connect: Connect) -> None:
    client = await connect()
    await client.ok("STORE 1:3 +FLAGS.SILENT (\\Deleted)")
    assert await client.ok("UID EXPUNGE 2,4") == [b"2 EXPUNGE"]
    await client.ok("CLOSE")
    await client.ok("SELECT INBOX")
    assert await client.ok("UID SEARCH ALL") == [b"SEARCH 4"]


async def test_unselect_keeps_what_is_marked(connect: Connect) -> None:
    client = await connect()
    await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await client.ok("UNSELECT")
    assert b"4 EXISTS" in await client.ok("SELECT INBOX")


async def test_copy_pairs_uids(connect: Connect) -> None:
    client = await connect()
    await client.ok("STORE 2 +FLAGS ($kept)")
    answer = await client.command("COPY 2,4 Archive")
    assert answer.startswith(b"OK [COPYUID ") and answer.endswith(b" 2,4 1:2] COPY completed")
    await client.ok("SELECT Archive")
    assert await client.ok("FETCH 1:2 (FLAGS INTERNALDATE)") == [
        b'1 FETCH (FLAGS ($kept) INTERNALDATE "02-Jun-2026 12:00:00 +0900")',
        b'2 FETCH (FLAGS () INTERNALDATE "04-Jun-2026 12:00:00 +0900")',
    ]


async def test_copy_into_the_same_folder(connect: Connect) -> None:
    client = await connect()
    answer = await client.command("UID COPY 1:2 INBOX")
    assert answer.endswith(b" 1:2 5:6] COPY completed")
    assert client.untagged == [b"6 EXISTS"]


async def test_move_tells_copyuid_then_expunges(connect: Connect) -> None:
    client, archive = await connect(), await connect("Archive")
    untagged = await client.ok("UID MOVE 2:3 Archive")
    assert untagged[0].startswith(b"OK [COPYUID ") and b" 2:3 1:2]" in untagged[0]
    assert untagged[1:] == [b"3 EXPUNGE", b"2 EXPUNGE"]
    assert await archive.ok("NOOP") == [b"2 EXISTS"]
    assert await client.ok("UID SEARCH ALL") == [b"SEARCH 1 4"]


async def test_copy_to_nowhere_asks_for_create(connect: Connect) -> None:
    client = await connect()
    for command in ("COPY 1 Nowhere", "MOVE 1 Nowhere"):
        assert (await client.command(command)).startswith(b"NO [TRYCREATE]")
    assert await client.command("UID COPY 99 Archive") == b"OK Nothing to copy"
    assert await client.command("UID MOVE 99 Archive") == b"OK Nothing to move"


async def test_append_tells_the_uid_and_keeps_flags_and_date(connect: Connect) -> None:
    client = await connect()
    literal = b"{%d+}\r\n%b" % (len(MAILS[0]), MAILS[0])
    date = b'"17-Jul-1996 02:44:25 -0700"'
    answer = await client.command(b"APPEND INBOX (\\Seen $x) " + date + b" " + literal)
    assert answer.startswith(b"OK [APPENDUID ") and answer.endswith(b" 5] APPEND completed")
    assert client.untagged == [b"5 EXISTS"]
    (line,) = await client.ok("FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[])")
    assert line.startswith(b"5 FETCH (FLAGS (\\Seen $x) INTERNALDATE " + date)
    assert MAILS[0] in line


async def test_append_without_date_takes_now(connect: Connect, provider: DemoImap) -> None:
    client = await connect()
    await client.ok(b"APPEND Sent {3+}\r\nx\r\n")
    (message,) = provider.mailbox.folders["Sent"].messages.values()
    assert message.date == "21-Sep-2026 14:13:20 +0000"
    assert NOW_US // 1_000_000 == 1_790_000_000


async def test_append_refusals(connect: Connect) -> None:
    client = await connect()
    assert (await client.command(b"APPEND Nowhere {1+}\r\nx")).startswith(b"NO [TRYCREATE]")
    assert (await client.command(b"APPEND INBOX {0+}\r\n")).startswith(b"NO")


async def test_append_waits_for_the_continuation(connect: Connect) -> None:
    client = await connect()
    client.send(b"z APPEND INBOX {3}\r\n")
    assert (await client.line()).startswith(b"+ ")
    client.send(b"x\r\n\r\n")
    assert (await client.answer(b"z")).startswith(b"OK [APPENDUID")


async def test_extended_search(connect: Connect) -> None:
    client = await connect()
    assert await client.ok("UID SEARCH RETURN (MIN MAX COUNT) ALL") == [
        b'ESEARCH (TAG "t3") UID MIN 1 MAX 4 COUNT 4'
    ]
    assert await client.ok("SEARCH RETURN () 2:3") == [b'ESEARCH (TAG "t4") ALL 2:3']
    assert await client.ok("SEARCH RETURN (ALL COUNT) DELETED") == [b'ESEARCH (TAG "t5") COUNT 0']
    assert (await client.command("SEARCH RETURN (SAVE) ALL")).startswith(b"BAD")


async def test_search_in_an_unknown_charset(connect: Connect) -> None:
    client = await connect()
    answer = await client.command("SEARCH CHARSET X-NONE SUBJECT one")
    assert answer.startswith(b"NO [BADCHARSET (UTF-8 ")


async def test_fetch_modifier_is_refused(connect: Connect) -> None:
    client = await connect()
    assert (await client.command("FETCH 1 FLAGS (CHANGEDSINCE 5)")).startswith(b"BAD")
