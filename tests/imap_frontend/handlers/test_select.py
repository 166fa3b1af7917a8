"""SELECT: what is said to be kept is what this person can store (dialogues: select, reader)."""

from __future__ import annotations


async def test_who_may_change_nothing_at_all_is_told_read_only(connect, world):
    world.own_seen = False
    client = connect()
    await client.login("rita", "yomu")
    said = await client.select()
    assert b"OK [PERMANENTFLAGS ()]" in said
    assert b"se OK [READ-ONLY]" in said


async def test_examine_keeps_nothing_whoever_asks(connect):
    client = connect()
    await client.login()
    said = await client.send(b"a EXAMINE INBOX\r\n")
    assert b"OK [PERMANENTFLAGS ()]" in said
    assert b"a OK [READ-ONLY]" in said
