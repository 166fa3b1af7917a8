"""FETCH, STORE, COPY and MOVE of mails that go meanwhile: nothing is OK that was not shown or done.

RFC 2180 §4; RFC 5530 §3 EXPUNGEISSUED. By UID what is gone is passed over (RFC 9051 §6.4.9) as long
as the client hears of it, and something is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

GONE = b"NO [EXPUNGEISSUED] some of these mails are gone"


@pytest.fixture
async def client(connect: Callable[..., Any]) -> Any:
    found = connect()
    await found.login()
    await found.select()
    return found


def going(world: Any, *uids: int) -> None:
    """These are taken away while the provider is being asked."""

    def remove() -> None:
        world.before_batch = lambda: None
        world.folders["INBOX"].remove(uids)

    world.before_batch = remove


async def uids_of(client: Any) -> list[int]:
    said = await client.send(b"u UID SEARCH ALL\r\n")
    return [int(word) for word in said.split(b"\r\n")[0].split()[2:]]


async def test_the_only_one_is_gone(client: Any, world: Any) -> None:
    first, *_ = await uids_of(client)
    going(world, first)
    said = await client.send(b"f UID FETCH %d BODY.PEEK[]\r\n" % first)
    assert said == b"* 1 EXPUNGE\r\nf " + GONE + b"\r\n"


async def test_one_of_several_is_gone(client: Any, world: Any) -> None:
    first, second, *_ = await uids_of(client)
    going(world, first)
    said = await client.send(b"f UID FETCH %d:%d BODY.PEEK[]\r\n" % (first, second))
    assert b"UID %d BODY[]" % second in said
    assert said.endswith(b"* 1 EXPUNGE\r\nf OK done\r\n")


async def test_by_number_none_may_be_missing(client: Any, world: Any) -> None:
    first, *_ = await uids_of(client)
    going(world, first)
    said = await client.send(b"f FETCH 1:2 BODY.PEEK[]\r\n")
    assert said.endswith(b"f " + GONE + b"\r\n")
    assert b"EXPUNGE\r\n" not in said


async def test_a_uid_that_the_client_does_not_know_either_is_passed_over(client: Any) -> None:
    assert await client.send(b"f UID FETCH 999999 BODY.PEEK[]\r\n") == b"f OK done\r\n"


@pytest.mark.parametrize(
    ("command", "method"),
    [
        (b"STORE %s +FLAGS (\\Flagged)", "store"),
        (b"COPY %s Sent", "copy"),
        (b"MOVE %s Sent", "move"),
    ],
)
async def test_what_is_done_to_none_is_no(
    client: Any, monkeypatch: pytest.MonkeyPatch, command: bytes, method: str
) -> None:
    first, second, *_ = await uids_of(client)
    opened = client.session._ctx.view.opened
    work = getattr(opened, method)

    async def partly(uids: Any, *more: Any, **options: Any) -> Any:
        left = [uid for uid in uids if uid != first]
        done = await work(left, *more, **options)
        return dataclasses.replace(done, gone=(first,))

    monkeypatch.setattr(opened, method, partly)
    one, two = b"%d" % first, b"%d,%d" % (first, second)
    assert GONE in await client.send(b"a UID " + command.replace(b"%s", one) + b"\r\n")
    assert b"\r\nb OK" in b"\r\n" + await client.send(
        b"b UID " + command.replace(b"%s", two) + b"\r\n"
    )


async def test_a_store_by_number_says_that_one_is_gone(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 2180 §4.2."""
    first, *_ = await uids_of(client)
    opened = client.session._ctx.view.opened
    store = opened.store

    async def partly(uids: Any, *more: Any, **options: Any) -> Any:
        done = await store([u for u in uids if u != first], *more, **options)
        return dataclasses.replace(done, gone=(first,))

    monkeypatch.setattr(opened, "store", partly)
    assert GONE in await client.send(b"a STORE 1:2 +FLAGS (\\Flagged)\r\n")
