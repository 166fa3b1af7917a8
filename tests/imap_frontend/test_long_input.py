"""Whatever a client may choose the length of costs in proportion to that length, and no more.

Each input is sent with n and with 2n pieces, as much as a line holds; the server's processor time
and its greatest memory are compared. A quadratic step would take four times as long.
"""

from __future__ import annotations

import time
import tracemalloc

import pytest

# name → (command with "@" for the pieces, one piece, what joins them). As long as a line may be.
NAME = (b"a", b"/")
INPUTS = {
    **{
        f"{verb} of many levels": (text, *NAME)
        for verb, text in {
            "SELECT": b"SELECT @",
            "EXAMINE": b"EXAMINE @",
            "STATUS": b"STATUS @ (MESSAGES)",
            "CREATE": b"CREATE @",
            "DELETE": b"DELETE @",
            "RENAME": b"RENAME @ x",
            "RENAME to": b"RENAME x @",
            "SUBSCRIBE": b"SUBSCRIBE @",
            "UNSUBSCRIBE": b"UNSUBSCRIBE @",
            "APPEND": b"APPEND @ {1+}\r\nx",
            "COPY": b"COPY 1 @",
            "MOVE": b"UID MOVE 1 @",
            "MYRIGHTS": b"MYRIGHTS @",
            "GETMETADATA": b"GETMETADATA @ /private/comment",
            "GETQUOTAROOT": b"GETQUOTAROOT @",
            "LIST below": b'LIST @ ""',
            "LIST": b'LIST "" @',
            "LSUB": b'LSUB "" @',
        }.items()
    },
    "LIST of stars": (b'LIST "" @', b"*a", b""),
    "LIST of percents": (b'LIST "" @', b"%/", b""),
    "LIST of many patterns": (b'LIST "" (@)', b"%", b" "),
    "LIST of different patterns": (b'LIST "" (@)', b"%#", b" "),
    "NOTIFY of many names": (b"NOTIFY SET (mailboxes (@) (MessageNew))", b"b", b" "),
    "ESEARCH in many": (b"ESEARCH IN (mailboxes (@)) ALL", b"INBOX", b" "),
    "a set of everything": (b"FETCH @ FLAGS", b"1:*", b","),
    "a UID set of everything": (b"UID FETCH @ FLAGS", b"1:*", b","),
    "a set of numbers": (b"UID FETCH @ FLAGS", b"#", b","),
    "a set to store": (b"UID STORE @ +FLAGS (\\Seen)", b"1:*", b","),
    "a set to search": (b"SEARCH @", b"1:*", b","),
    "search keys": (b"SEARCH @", b"SEEN", b" "),
    "NOTs": (b"SEARCH @ SEEN", b"NOT", b" "),
    "ORs": (b"SEARCH @ SEEN", b"OR SEEN", b" "),
    "text keys": (b"SEARCH @", b"TEXT x", b" "),
    "header names": (b"FETCH 1 BODY.PEEK[HEADER.FIELDS (@)]", b"X#", b" "),
    "section numbers": (b"FETCH 1 BODY.PEEK[@]", b"1", b"."),
    "fetch items": (b"FETCH 1 (@)", b"UID", b" "),
    "partials": (b"FETCH 1 (@)", b"BODY.PEEK[]<#.1>", b" "),
    "ID": (b"ID (@)", b'"a#" "b"', b" "),
    "annotations": (b"GETMETADATA INBOX (@)", b"/private/x#", b" "),
    "sort keys": (b"SORT (@) UTF-8 ALL", b"SUBJECT", b" "),
    "ENABLE": (b"ENABLE @", b"X", b" "),
    "spaces": (b"NOOP@", b" ", b""),
    "quotes": (b'SELECT "@"', b'\\"', b""),
    "shifts": (b'SELECT "@"', b"&AOk-", b""),
}
LINE = 60_000


def command(name: str, share: float) -> bytes:
    """``share`` of what a line holds."""
    text, piece, joint = INPUTS[name]
    size = len(piece) + len(joint) + (3 if b"#" in piece else 0)
    count = int(LINE * share / size)
    pieces = joint.join(piece.replace(b"#", b"%d" % (n + 1)) for n in range(count))
    return b"a " + text.replace(b"@", pieces) + b"\r\n"


async def cost(connect, line: bytes) -> float:
    """Processor time of this process, in seconds: the least of three."""
    times = []
    for _ in range(3):
        client = connect()
        await client.login()
        await client.send(b"s SELECT INBOX\r\n")
        began = time.process_time()
        said = await client.send(line)
        times.append(time.process_time() - began)
        assert b"a " in said or b"BYE" in said, said[:200]
        await client.leave()
    return min(times)


@pytest.mark.parametrize("name", INPUTS)
async def test_twice_as_long_costs_twice_as_much(connect, name):
    half, whole = await cost(connect, command(name, 0.5)), await cost(connect, command(name, 1.0))
    assert whole < 3 * half + 0.02


@pytest.mark.parametrize("verb", [name for name in INPUTS if name.endswith("of many levels")])
async def test_a_name_of_many_levels_is_refused_before_it_is_looked_for(connect, world, verb):
    """The same answer for everybody, whatever exists."""
    client = connect()
    await client.login()
    await client.send(b"s SELECT INBOX\r\n")
    calls = len(world.calls)
    said = await client.send(command(verb, 1.0))
    if verb.startswith(("LIST of", "LSUB of")):
        assert b"a OK" in said or b"a BAD" in said
    else:
        assert b"a NO [CANNOT] " in said, said
    assert [call for call in world.calls[calls:] if call[0] not in ("list", "views")] == []


async def test_memory_is_bounded(connect):
    client = connect()
    await client.login()
    tracemalloc.start()
    for name in INPUTS:
        await client.send(command(name, 1.0))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 300 * LINE
