"""When a copy says what another one says."""

from __future__ import annotations

import base64

import pytest

from proxyd.domain.mail_content import MAX_TEXT
from proxyd.domain.types import BytesBlob
from proxyd.service.mail import same_words
from proxyd.service.mail.same_words import says_the_same
from tests.service.conftest import World

HEAD = b"From: support@example.test\r\nSubject: s\r\nMessage-ID: <m1@x>\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe, it is 5.\r\n"
RICH = (
    HEAD + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nread the HTML\r\n"
    b'--b\r\nContent-Type: text/html\r\n\r\n<a href="https://one.example">here</a>\r\n--b--\r\n'
)
ATTACHED = (
    HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: a@x\r\n\r\ninner\r\n--b--\r\n"
)


async def compared(world: World, brought: bytes, there: bytes) -> bool:
    world.upstream.deliver(there, "Sent")
    await world.synced()
    folder = world.room.state.folder_named("Sent")
    assert folder is not None
    return await says_the_same(world.room, BytesBlob(brought), folder.by_uid[1])


@pytest.mark.parametrize(
    "brought",
    [
        PLAIN,
        b"Bcc: b@x\r\n" + PLAIN,
        PLAIN.replace(b"Subject: s", b"Subject: !send! s"),
        PLAIN.replace(b"utf-8", b"iso-8859-1").replace("Grüße".encode(), "Grüße".encode("latin-1")),
        PLAIN.partition(b"\r\n\r\n")[0]
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(PLAIN.partition(b"\r\n\r\n")[2]),
    ],
)
async def test_the_same(world: World, brought: bytes) -> None:
    assert await compared(world, brought, b"X-Proxyd-Sent-By: anna\r\n" + PLAIN)


async def test_an_attached_mail_has_lost_our_field_on_its_way_out(world: World) -> None:
    brought = ATTACHED.replace(b"From: a@x", b"X-Proxyd-Sent-By: anna\r\nFrom: a@x")
    assert await compared(world, brought, ATTACHED)


@pytest.mark.parametrize(
    ("brought", "there"),
    [
        (PLAIN.replace(b"5", b"6"), PLAIN),
        (RICH.replace(b"one.example", b"two.example"), RICH),
        (ATTACHED.replace(b"inner", b"other"), ATTACHED),
        (PLAIN, RICH),
        (
            PLAIN + b"x\r\n" * (MAX_TEXT // 3) + b"5\r\n",
            PLAIN + b"x\r\n" * (MAX_TEXT // 3) + b"6\r\n",
        ),
    ],
)
async def test_another(world: World, brought: bytes, there: bytes) -> None:
    assert not await compared(world, brought, there)


async def test_what_is_too_big_to_be_read_is_the_same_to_the_octet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same_words, "MOST_READ", 10)
    assert await compared(world, b"Bcc: b@x\r\n" + PLAIN, PLAIN)
    folder = world.room.state.folder_named("Sent")
    assert folder is not None
    spaced = BytesBlob(PLAIN.replace(b"it is", b"it  is"))
    assert not await says_the_same(world.room, spaced, folder.by_uid[1])


async def test_what_can_not_be_read_is_another(world: World) -> None:
    assert await compared(world, PLAIN, PLAIN)
    folder = world.room.state.folder_named("Sent")
    assert folder is not None
    world.upstream.down = True
    assert not await says_the_same(world.room, BytesBlob(PLAIN), folder.by_uid[1])
