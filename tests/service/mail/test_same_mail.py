"""What makes two mails the same mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.types import BytesBlob
from proxyd.service.mail.same_mail import BOOKKEEPING, fingerprint, same_mails
from tests.service.conftest import World, mail

RAW = b"From: c@example.com\r\nSubject: a\r\n folded\r\nMessage-ID: <m1@x>\r\n\r\nText\r\n.\r\n"


class Torn:
    """A Blob in given pieces."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size
        self.size = len(data)

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self._data), self._size):
            yield self._data[start : start + self._size]


async def same(one: bytes, other: bytes) -> bool:
    return await fingerprint(BytesBlob(one)) == await fingerprint(BytesBlob(other))


@pytest.mark.parametrize(
    "other",
    [
        RAW.replace(b"\r\n", b"\n"),
        RAW.replace(b"\r\n\r\n", b"\r\nX-TUID: abcdefghijkl\r\n\r\n", 1),
        b"X-TUID: 1\r\n" + RAW,
        b"From c@example.com Mon Nov 23\n" + RAW + b"\n",
        RAW.replace(b"Message-ID", b"Status: RO\r\nX-Keywords: a\r\n b\r\nmessage-id".title()),
        RAW.rstrip(),
    ],
)
async def test_what_clients_add_for_themselves_makes_no_other_mail(other: bytes) -> None:
    assert await same(RAW, other.replace(b"Message-Id", b"Message-ID"))


@pytest.mark.parametrize(
    "other",
    [
        RAW.replace(b"Text", b"text"),
        RAW.replace(b"Text", b"X-TUID: in the text"),
        RAW.replace(b"Subject: a", b"Subject: b"),
        RAW.replace(b"c@example.com", b"d@example.com"),
        RAW + b"more\r\n",
        RAW.replace(b"Text\r\n", b"\r\nText\r\n"),
        b"Reply-To: e@example.com\r\n" + RAW,
        b"",
    ],
)
async def test_what_a_sender_wrote_does(other: bytes) -> None:
    assert not await same(RAW, other)


@given(st.binary(max_size=40), st.integers(1, 30))
async def test_it_does_not_matter_how_it_comes(tail: bytes, size: int) -> None:
    raw = RAW + tail
    assert await fingerprint(Torn(raw, size)) == await fingerprint(BytesBlob(raw))


@given(st.binary(max_size=60))
async def test_any_octets_at_all(raw: bytes) -> None:
    for size in (1, 7):
        assert await fingerprint(Torn(raw, size)) == await fingerprint(BytesBlob(raw))


def test_fields_are_named_as_the_reader_of_headers_gives_them() -> None:
    assert all(name == name.upper() for name in BOOKKEEPING)


async def test_the_same_message_id_is_not_enough(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m1@x", subject="Another"))
    anonymous = mail("m1@x").replace(b"Message-ID: <m1@x>\n", b"")
    world.upstream.deliver(anonymous)
    await world.synced()
    for raw, uid in ((mail("m1@x"), 1), (mail("m1@x", subject="Another"), 2), (anonymous, 3)):
        found = await same_mails(world.room, BytesBlob(raw), lambda m: True)
        assert [message.uid for message in found] == [uid]
    assert not await same_mails(world.room, BytesBlob(mail("m2@x")), lambda m: True)
    assert not await same_mails(world.room, BytesBlob(mail("m1@x")), lambda m: m.uid == 2)
