"""The text after DATA, in any pieces."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtp_frontend.data import Text, TooMuchData, read_text
from smtp_frontend.room import Room
from tests.patience import PATIENCE_S


def read(
    octets: bytes, *, limit: int = 10_000, cut: int = 0, room: Room | None = None
) -> tuple[Text, bytes]:
    """The text, and what was left for the next command; fed in pieces of ``cut``."""

    async def run() -> tuple[Text, bytes]:
        reader = asyncio.StreamReader(limit=64)
        share = (room or Room(limit)).share()
        reading = asyncio.create_task(read_text(reader, limit, lambda: None, share))
        for start in range(0, len(octets), cut or len(octets)):
            reader.feed_data(octets[start : start + (cut or len(octets))])
            await asyncio.sleep(0)
        text = await asyncio.wait_for(reading, PATIENCE_S)
        reader.feed_eof()
        return text, await reader.read()

    return asyncio.run(run())


def stuffed(text: bytes) -> bytes:
    """RFC 5321 §4.5.2."""
    return (
        b"".join(
            (b"." if line.startswith(b".") else b"") + line + b"\r\n"
            for line in text.split(b"\r\n")
        )
        + b".\r\n"
    )


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 0])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        b".",
        b"..",
        b".hidden\r\n.\r\n..",
        b"x" * 300,
        b"." * 300,
        b"\n.\n",
        b"\r",
        b"a\r",
    ],
)
def test_text_comes_out_as_it_went_in(text, cut):
    result, rest = read(stuffed(text) + b"NEXT", cut=cut)
    assert result == Text(text + b"\r\n", too_big=False)
    assert rest == b"NEXT"


def test_nothing_at_all():
    assert read(b".\r\nQUIT\r\n") == (Text(b"", too_big=False), b"QUIT\r\n")


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b".", b"a", b"\r\n", b"a" * 70])).map(b"".join),
    st.integers(0, 80),
)
def test_any_text_in_any_pieces(text, cut):
    assert read(stuffed(text), cut=cut)[0].octets == text + b"\r\n"


def test_the_limit_is_exact():
    assert not read(b"x" * 98 + b"\r\n.\r\n", limit=100)[0].too_big
    assert read(b"x" * 99 + b"\r\n.\r\n", limit=100)[0] == Text(b"", too_big=True)


def test_what_is_far_too_big_is_not_read_to_its_end():
    with pytest.raises(TooMuchData):
        read(b"x" * 1000, limit=100)


def test_progress_is_noted_now_and_then():
    noted: list[int] = []

    async def run() -> None:
        reader = asyncio.StreamReader(limit=65_536)
        reader.feed_data((b"y" * 998 + b"\r\n") * 200 + b".\r\n")
        await read_text(reader, 1_000_000, lambda: noted.append(1), Room(1_000_000).share())

    asyncio.run(run())
    assert 10 <= len(noted) <= 13


def test_random_cuts_of_a_long_mail():
    seed = random.Random(4711)
    text = b"\r\n".join(bytes(seed.choices(b"ab.\xff", k=seed.randrange(200))) for _ in range(300))
    assert read(stuffed(text), limit=100_000, cut=37)[0].octets == text + b"\r\n"


def test_what_has_no_room_is_read_to_its_end_and_holds_nothing():
    room = Room(1000)
    assert room.take(900)
    result, rest = read(b"x" * 70 + b"\r\n" + b"y" * 60 + b"\r\n.\r\nNEXT", room=room)
    assert (result, rest) == (Text(b"", too_big=False, no_room=True), b"NEXT")
    assert room.fits(100)
    assert not room.fits(101)


def test_too_big_is_told_before_no_room():
    room = Room(50)
    assert read(b"x" * 99 + b"\r\n.\r\n", limit=100, room=room)[0] == Text(b"", too_big=True)
    assert room.fits(50)


def test_what_is_kept_takes_its_room():
    room = Room(1000)
    assert read(b"x" * 98 + b"\r\n.\r\n", room=room)[0].octets == b"x" * 98 + b"\r\n"
    assert not room.fits(901)
