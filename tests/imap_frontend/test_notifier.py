"""Bounds and moments of NOTIFY: storms, overflow, long commands, what is gone (RFC 5465)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from imap_frontend import notifier
from imap_frontend.options import Options
from proxyd.domain import errors
from proxyd.service.api.following import Touch
from tests.patience import PATIENCE_S

EVERYTHING = b"n NOTIFY SET (PERSONAL (MessageNew MessageExpunge FlagChange))\r\n"


async def following(connect: Callable[..., Any], **options: Any) -> Any:
    client = connect(options=Options(failure_delay_s=0, **{"notify_pace_s": 0, **options}))
    await client.login()
    assert await client.send(EVERYTHING) == b"n OK done\r\n"
    return client


async def test_a_storm_is_counted_once_in_a_while(world: Any, connect: Callable[..., Any]) -> None:
    client = await following(connect, notify_pace_s=3600)
    for _ in range(50):
        world.folders["Drafts"].add(make(world))
        await client.settle()
    assert client.said().count(b"* STATUS Drafts ") == 1
    client.context.notifier._not_before = 0.0  # the hour is over
    world.folders["Drafts"].add(make(world))
    await client.settle()
    said = client.said()
    assert said.count(b"* STATUS Drafts ") == 1
    assert b"MESSAGES 51 " in said, "the last one is the truth"


async def test_when_the_pause_is_over_it_is_told_unasked(
    world: Any, connect: Callable[..., Any]
) -> None:
    client = await following(connect, notify_pace_s=0.05)
    said = b""
    for _ in range(2):
        world.folders["Drafts"].add(make(world))
        await client.settle()
    async with asyncio.timeout(PATIENCE_S):
        while b"MESSAGES 2 " not in said:
            await asyncio.sleep(0.05)
            await client.settle()
            said += client.said()


async def test_too_much_news_is_told_as_that(
    world: Any, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "NOTES_MOST", 3)
    client = await following(connect, notify_pace_s=60)
    world.folders["Drafts"].add(make(world))
    await client.settle()
    client.said()
    follower = world.follower_of("anna")
    for number in range(10):
        follower.touched(f"folder {number}", Touch.ARRIVED)
    await client.settle()
    said = client.said()
    assert said.startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
    assert said.count(b"\r\n") == 1
    # §5.8: as after NOTIFY NONE, until the client asks again
    world.folders["Drafts"].add(make(world))
    await client.settle()
    assert client.said() == b""
    assert await client.send(EVERYTHING) == b"n OK done\r\n"
    world.folders["Drafts"].add(make(world))
    await client.settle()
    assert b"* STATUS Drafts " in client.said()


async def test_a_folder_that_went_or_can_not_be_counted_is_passed_over(
    world: Any, connect: Callable[..., Any]
) -> None:
    client = await following(connect)
    world.failures["counts"] = errors.UpstreamUnavailable("timeout")
    world.folders["Drafts"].add(make(world))
    await client.settle()
    world.follower_of("anna").touched("Nowhere", Touch.ARRIVED)
    await client.settle()
    assert client.said() == b""
    assert await client.send(b"a NOOP\r\n") == b"a OK done\r\n"


async def test_news_wait_for_the_end_of_a_command(world: Any, connect: Callable[..., Any]) -> None:
    client = await following(connect)
    await client.select()
    world.before_batch = lambda: world.follower_of("anna").touched("Drafts", Touch.ARRIVED)
    said = await client.send(b"f FETCH 1:* BODY.PEEK[]\r\n")
    assert said.index(b"f OK") < said.index(b"* STATUS Drafts ")


async def test_new_mail_that_can_not_be_read_now_still_exists(
    world: Any, connect: Callable[..., Any]
) -> None:
    client = await following(connect)
    await client.select(b"Drafts")
    asked = b"n NOTIFY SET (SELECTED (MessageNew (BODY.PEEK[]) MessageExpunge))\r\n"
    assert await client.send(asked) == b"n OK done\r\n"
    world.failures["fetch"] = errors.UpstreamUnavailable("timeout")
    world.folders["Drafts"].add(make(world))
    await client.settle()
    assert client.said() == b"* 1 EXISTS\r\n* 1 RECENT\r\n"
    assert await client.send(b"a NOOP\r\n") == b"a OK done\r\n"


async def test_own_changes_are_told_to_who_asked_for_nothing(connect: Callable[..., Any]) -> None:
    client = connect()
    await client.login()
    await client.select()
    assert await client.send(b"n NOTIFY NONE\r\n") == b"n OK done\r\n"
    said = await client.send(b"s STORE 1 +FLAGS (\\Deleted)\r\n")
    assert b"* 1 FETCH (UID 11 FLAGS " in said
    assert b"* 1 EXPUNGE\r\n" in await client.send(b"e EXPUNGE\r\n")


async def test_nobody_follows_after_none(world: Any, connect: Callable[..., Any]) -> None:
    client = await following(connect)
    assert world.follower_of("anna")
    await client.send(b"n NOTIFY NONE\r\n")
    assert not world.follower_of("anna")


METADATA = b"n NOTIFY SET (PERSONAL (MailboxMetadataChange ServerMetadataChange))\r\n"


async def test_an_entry_that_is_set_often_is_named_once(
    world: Any, connect: Callable[..., Any]
) -> None:
    client, other = await following(connect, notify_pace_s=3600), connect()
    await other.login()
    assert await client.send(METADATA) == b"n OK done\r\n"
    for number in range(50):
        await other.send(b'a SETMETADATA INBOX (/private/a "%d" /private/b "")\r\n' % number)
    assert client.said() == b"* METADATA INBOX /private/a /private/b\r\n"
    client.context.notifier._not_before = 0.0  # the hour is over
    await other.send(b'a SETMETADATA INBOX (/private/a "50")\r\n')
    await client.settle()
    assert client.said() == b"* METADATA INBOX /private/a /private/b\r\n"
    await client.settle()
    assert client.said() == b""


async def test_many_entries_are_several_lines(world: Any, connect: Callable[..., Any]) -> None:
    client = await following(connect)
    await client.send(METADATA)
    world.follower_of("anna").annotated("INBOX", [f"/private/{n:03}" for n in range(250)])
    await client.settle()
    lines = client.said().split(b"\r\n")[:-1]
    assert [len(line.split()) - 3 for line in lines] == [100, 100, 50]
    assert all(line.startswith(b"* METADATA INBOX /private/") for line in lines)


async def test_too_many_entries_are_told_as_that(
    world: Any, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "NOTES_MOST", 3)
    client = await following(connect, notify_pace_s=60)
    follower = world.follower_of("anna")
    follower.annotated("INBOX", [f"/private/{n}" for n in range(10)])
    await client.settle()
    assert client.said() == b"", "nobody asked for these"
    await client.send(METADATA)
    follower = world.follower_of("anna")
    for _ in range(9):
        follower.annotated("INBOX", ["/private/1", "/private/2"])
    await client.settle()
    assert client.said() == b"* METADATA INBOX /private/1 /private/2\r\n"
    follower.annotated("", [f"/private/{n}" for n in range(4)])
    await client.settle()
    assert client.said().startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
    follower.annotated("", ["/private/1"])
    await client.settle()
    assert client.said() == b""


async def test_annotations_of_a_folder_that_went_are_passed_over(
    world: Any, connect: Callable[..., Any]
) -> None:
    client = await following(connect)
    await client.send(METADATA)
    world.follower_of("anna").annotated("Nowhere", ["/shared/comment"])
    await client.settle()
    assert client.said() == b""


def make(world: Any) -> Any:
    message = next(iter(world.folders["INBOX"].rows.values()))
    return type(message)(message.raw, [])
