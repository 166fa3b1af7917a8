"""SmtpReplies: each to whom it was promised, whole, however it comes."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.imapwire.provider_text import ProviderText
from proxyd.upstream.smtp_replies import MAX_REPLY, SmtpReplies, SmtpReply

SAID = b"250-one\r\n250 two\r\n354 go on\r\n550 5.1.1 no\r\n"
MEANT = [
    SmtpReply(code, ProviderText(text))
    for code, text in ((250, b"one two"), (354, b"go on"), (550, b"5.1.1 no"))
]


@pytest.mark.parametrize("piece", range(1, len(SAID) + 1))
async def test_in_order_and_whole(piece: int) -> None:
    replies = SmtpReplies()
    promised = [replies.promise() for _ in MEANT]
    for start in range(0, len(SAID), piece):
        replies.data_received(SAID[start : start + piece])
    assert [each.result() for each in promised] == MEANT
    assert replies.sound


async def test_who_has_gone_leaves_the_next_one_its_own_reply() -> None:
    replies = SmtpReplies()
    gone, there = replies.promise(), replies.promise()
    gone.cancel()
    replies.data_received(b"250 for the one\r\n")
    assert not there.done()
    replies.data_received(b"251 for the other\r\n")
    assert there.result().code == 251


@pytest.mark.parametrize(
    "said", [b"421 idle too long\r\n", b"2", b"250-half\r\n", b"250 ok\r\n250 ok\r\n"]
)
async def test_what_nobody_asked_for_spoils_the_line(said: bytes) -> None:
    replies = SmtpReplies()
    if said.count(b"ok") == 2:
        replies.promise()
    replies.data_received(said)
    assert not replies.sound


@pytest.mark.parametrize(
    "said", [b"* OK hello\r\n", b"\r\n", b"x" * MAX_REPLY + b"x", b"250-x\r\n" * MAX_REPLY]
)
async def test_what_is_no_reply_ends_the_line(said: bytes) -> None:
    replies = SmtpReplies()
    promised = replies.promise()
    replies.data_received(said)
    with pytest.raises(ConnectionError):
        await promised
    assert not replies.sound
    with pytest.raises(ConnectionError):
        await replies.promise()


async def test_the_end_of_the_line_is_told_to_everybody() -> None:
    replies = SmtpReplies()
    promised = [replies.promise() for _ in range(3)]
    replies.eof_received()
    replies.connection_lost(None)
    told = await asyncio.gather(*promised, return_exceptions=True)
    assert all(isinstance(each, ConnectionResetError) for each in told)
    assert replies.ended.done()
