"""Any octets, in each connection state, in any pieces: a session answers, and never breaks.

What is checked after each run: no [SERVERBUG], nothing in the log, every tagged command answered
exactly once and in order, and a fresh NOOP (or the end of the connection) at the end.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "imap_frontend"))

import budget
import imap_fakes

PIECES = [
    *(b"SELECT", b"EXAMINE", b"FETCH", b"UID FETCH", b"UID STORE", b"STORE", b"SEARCH", b"COPY"),
    *(b"UID SEARCH", b"UID MOVE", b"MOVE", b"EXPUNGE", b"UID EXPUNGE", b"APPEND", b"STATUS"),
    *(b"LIST", b"LSUB", b"CREATE", b"DELETE", b"RENAME", b"SUBSCRIBE", b"ID", b"ENABLE", b"NOOP"),
    *(b"LOGIN", b"AUTHENTICATE PLAIN", b"AUTHENTICATE LOGIN", b"STARTTLS", b"IDLE", b"DONE"),
    *(b"CLOSE", b"UNSELECT", b"CHECK", b"CAPABILITY", b"NAMESPACE", b"LOGOUT"),
    *(b"INBOX", b"inbox", b"Sent", b"Status/Done", b"Nowhere", b'"&AOk"', b'"&mGdbog-"', b'""'),
    *(b"1", b"1:*", b"*", b"2,4:3", b"0", b"99", b"4294967295", b"4294967296", b"1:4294967295"),
    *(b"FLAGS", b"+FLAGS", b"-FLAGS.SILENT", b"(\\Seen)", b"(\\Deleted $status-done)", b"()"),
    *(b"(\\Recent)", b"$status-hold", b"(UID FLAGS)", b"BODY[]", b"BODY.PEEK[]<0.10>", b"FULL"),
    *(b"BODY[1.HEADER]", b"(ENVELOPE BODYSTRUCTURE RFC822.SIZE)", b"BODY.PEEK[HEADER.FIELDS (A)]"),
    *(b"ALL", b"UNSEEN", b"OR", b"NOT", b"(", b")", b"KEYWORD", b"SUBJECT", b"SINCE 1-Jan-2020"),
    *(b"(MESSAGES UNSEEN)", b"(STATUS (MESSAGES))", b"RETURN", b"%", b'"*"', b"(SUBSCRIBED)"),
    *(b"{3}", b"{3}\r\nabc", b"{3+}\r\nabc", b"{5+}\r\na\r\nb ", b"{-5}", b"{}", b"{99999999999}"),
    *(b"{99999999+}", b"~{1+}\r\n\0", b'"', b"\\", b"\r\n", b"\n", b"\0", b"\xff\xfe", b"*"),
    *(
        b"SORT",
        b"UID SORT",
        b"THREAD REFERENCES",
        b"COMPRESS DEFLATE",
        b"NOTIFY SET",
        b"NOTIFY NONE",
    ),
    *(b"GETACL", b"SETACL", b"DELETEACL", b"LISTRIGHTS", b"MYRIGHTS", b"GETQUOTA", b"GETQUOTAROOT"),
    *(b"SETQUOTA", b"GETMETADATA", b"SETMETADATA", b"(/shared/comment NIL)", b"/private/comment"),
    *(b"QRESYNC", b"CONDSTORE", b"UTF8=ACCEPT", b"UIDONLY", b"IMAP4REV2", b"(CHANGEDSINCE 1)"),
    *(b"(QRESYNC (1 1 1:5))", b"(CONDSTORE)", b"(UNCHANGEDSINCE 1)", b"(CHANGEDSINCE 1 VANISHED)"),
    *(b"$", b"RETURN (SAVE)", b"RETURN (MIN MAX ALL COUNT)", b"(DATE)", b"(REVERSE SUBJECT)"),
    *(b"MODSEQ 1", b"OLDER 5", b"EMAILID x", b"SAVEDBEFORE 1-Jan-2020", b"(MODSEQ)", b"PREVIEW"),
    *(b"(EMAILID THREADID SAVEDATE)", b"BINARY[1]", b"BINARY.PEEK[1]<0.5>", b"BINARY.SIZE[1]"),
    *(b"CATENATE (TEXT {1+}\r\nx)", b"CATENATE (URL /INBOX;UID=1)", b"UTF8 (~{1+}\r\nx)"),
    *(b"(USE (\\Sent))", b"(STATUS (HIGHESTMODSEQ MAILBOXID))", b"(HIGHESTMODSEQ DELETED)"),
    *(b"(selected (MessageNew MessageExpunge))", b"(personal (MailboxName))", b"(STORAGE 1)"),
    *(b"anna", b"secret", b"AGFubmEAc2VjcmV0", b"=", b'("name" "x")', b"NIL", b"UTF-8", b"CHARSET"),
]
COMMANDS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=6).map(b" ".join)
SESSIONS = st.lists(st.tuples(COMMANDS, st.booleans()), max_size=8)
STATES = ("not authenticated", "authenticated", "selected", "idle")


@pytest.mark.parametrize("state", STATES)
@settings(
    max_examples=budget.examples(120),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(commands=SESSIONS, cuts=st.lists(st.integers(1, 30), max_size=5))
@example(commands=[(b"UID MOVE 1:* Status/Done", False)] * 3, cuts=[])
@example(commands=[(b"STORE 1:* +FLAGS.SILENT (\\Deleted)", False), (b"CLOSE", False)], cuts=[1])
@example(commands=[(b"DELETE INBOX", False), (b"NOOP", False)], cuts=[])
@example(commands=[(b"IDLE", False), (b"DONE", True), (b"IDLE", False)], cuts=[3])
def test_any_octets_in_each_state(state, caplog, commands, cuts):
    caplog.clear()
    budget.tried["sessions of a client"] += 1
    with caplog.at_level(logging.WARNING, logger="imap_frontend"):
        asyncio.run(play(state, commands, cuts))
    assert not [record for record in caplog.records if record.name.startswith("imap_frontend")]


async def play(state: str, commands: list[tuple[bytes, bool]], cuts: list[int]) -> None:
    world = imap_fakes.standard_world()
    client = imap_fakes.Client(world)
    await client.settle()
    if state != "not authenticated":
        await client.login()
    if state in ("selected", "idle"):
        await client.select()
    if state == "idle":
        await client.send(b"idle IDLE\r\n")
    client.said()
    octets = b"".join(
        (b"" if bare else b"t%d " % number) + command + b"\r\n"
        for number, (command, bare) in enumerate(commands)
    )
    said = b""
    for cut in cuts:
        said += await client.send(octets[:cut])
        octets = octets[cut:]
    said += await client.send(octets)
    await check_end(client, said)
    await client.leave()


async def check_end(client: imap_fakes.Client, said: bytes) -> None:
    """The session is at an end, or finds the next command after what may still be open."""
    # An open literal, a SASL exchange, IDLE: whatever it is, this brings it to an end.
    if not client.line.closed:
        said += await client.send(b"x" * 10 + b"\r\n*\r\n\r\nDONE\r\n")
    if not client.line.closed and client.context.framer.pending == 0:
        said += await client.send(b"last NOOP\r\n")
    assert not client.line.aborted
    assert b"SERVERBUG" not in said
    assert client.context.framer.pending <= 70_000
    tags = [int(tag) for tag in re.findall(rb"^t(\d+) (?:OK|NO|BAD)", said, re.MULTILINE)]
    assert tags == sorted(set(tags)), said
