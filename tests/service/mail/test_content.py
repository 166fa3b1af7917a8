"""BINARY (RFC 3516) and PREVIEW (RFC 8970) from a provider that has neither."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence

import pytest

from proxyd.domain.errors import UnknownEncoding, UpstreamUnavailable
from proxyd.domain.types import Blob
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from proxyd.service.mail import reading
from proxyd.service.mail.previews import PREVIEW_ROWS
from tests.service.conftest import World, mail

PICTURE = random.Random(7).randbytes(300_000)
MIXED = (
    b"From: c@example.com\nTo: support@example.test\nSubject: Order\nMessage-ID: <m@x>\n"
    b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    b"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    b"Gr=C3=BC=C3=9Fe =\naus Wien\n"
    b"--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(PICTURE)
    + b"--b\nContent-Type: application/x\nContent-Transfer-Encoding: x-uuencode\n\nbegin\n"
    b"--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nAGE=\n--b--\n"
)
EMPTY = (
    b"Message-ID: <e@x>\nContent-Type: multipart/alternative; boundary=b\n\n"
    b"--b\nContent-Type: text/plain\n\n\n"
    b"--b\nContent-Type: text/html\n\n<p>Only &uuml;ber HTML\n--b--\n"
)


async def opened(world: World, *raws: bytes) -> OpenView:
    for raw in raws:
        world.upstream.deliver(raw)
    await world.synced()
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    world.upstream.asked.clear()
    return view


async def fetched(
    view: OpenView, *attributes: bytes, uids: Sequence[int] = (1,), how: Reading = Reading.COPY
) -> list[dict[bytes, bytes]]:
    """Per message, what is in a Blob as octets behind a tilde."""
    found = []
    async for rows in view.fetch(uids, attributes, how):
        found += [{name: plain(value) for name, value in row.values.items()} for row in rows]
    return found


def plain(value: bytes | Blob) -> bytes:
    return value if isinstance(value, bytes) else b"~" + b"".join(value.chunks())


# ------------------------------------------------------------------ BINARY


async def test_the_encoding_is_undone(world: World) -> None:
    view = await opened(world, MIXED)
    (row,) = await fetched(view, b"BINARY.PEEK[1]", b"BINARY.SIZE[1]", b"BINARY.SIZE[2]")
    text = "Grüße aus Wien".encode()
    assert row[b"BINARY[1]"] == b"{%d}\r\n%b" % (len(text), text)
    assert row[b"BINARY.SIZE[1]"] == b"%d" % len(text)
    assert row[b"BINARY.SIZE[2]"] == b"%d" % len(PICTURE)
    assert world.upstream.calls["fetch"] == 1  # one round trip, whatever is asked


async def test_a_big_part_is_streamed_and_asked_for_once(world: World) -> None:
    world.upstream.spool_from = 100_000
    view = await opened(world, MIXED)
    (row,) = await fetched(view, b"BINARY.PEEK[2]")
    assert row[b"BINARY[2]"] == b"~" + PICTURE
    whole = b""
    for first in range(0, 320_000, 80_000):
        ask = b"BINARY.PEEK[2]<%d.80000>" % first
        (row,) = await fetched(view, ask)
        value = row[b"BINARY[2]<%d>" % first]
        whole += (
            value[1:] if value[:1] == b"~" and value[1:2] != b"{" else value.partition(b"\r\n")[2]
        )
    assert whole == PICTURE
    assert world.upstream.calls["fetch"] == 1


async def test_a_zero_octet_makes_a_literal8(world: World) -> None:
    view = await opened(world, MIXED)
    (row,) = await fetched(view, b"BINARY.PEEK[4]", b"BINARY.PEEK[4]<1.5>")
    assert row[b"BINARY[4]"] == b"~{2}\r\n\0a"
    assert row[b"BINARY[4]<1>"] == b"{1}\r\na"


async def test_what_is_not_there_is_nil(world: World) -> None:
    view = await opened(world, MIXED)
    (row,) = await fetched(view, b"BINARY.PEEK[9]", b"BINARY.SIZE[9]", b"BINARY.PEEK[1]<900.5>")
    assert row[b"BINARY[9]"] == b"NIL"
    assert row[b"BINARY.SIZE[9]"] == b"0"
    assert row[b"BINARY[1]<900>"] == b"{0}\r\n"


async def test_a_whole_message_has_no_encoding(world: World) -> None:
    view = await opened(world, mail("a@x"))
    (row,) = await fetched(view, b"BINARY.PEEK[]", b"BODY.PEEK[]")
    assert row[b"BINARY[]"] == row[b"BODY[]"]


async def test_an_unknown_encoding_is_told_and_recorded(world: World) -> None:
    view = await opened(world, MIXED)
    with pytest.raises(UnknownEncoding):
        await fetched(view, b"BINARY.PEEK[3]")
    last = (await world.log(action="copy"))[-1].record
    assert (last.outcome, last.detail["why"]) == ("refused", "unknown-encoding")


async def test_with_other_attributes_and_many_messages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FIRST_OCTETS", reading.BATCH_OCTETS)
    view = await opened(world, MIXED, mail("b@x"), MIXED.replace(b"<m@x>", b"<n@x>"))
    rows = await fetched(view, b"BODY.PEEK[1]", b"BINARY.PEEK[1]", uids=(1, 2, 3))
    assert [row[b"BINARY[1]"].partition(b"\r\n")[2][:4] for row in rows] == [
        "Grü".encode(), b"Text", "Grü".encode(),
    ]  # fmt: skip
    assert [row[b"BODY[1]"].partition(b"\r\n")[2][:4] for row in rows] == [
        b"Gr=C",
        b"Text",
        b"Gr=C",
    ]
    assert world.upstream.calls["fetch"] == 1


# ------------------------------------------------------------------ PREVIEW


async def test_previews_of_any_mail(world: World) -> None:
    view = await opened(world, MIXED, mail("b@x"), EMPTY, b"broken")
    rows = await fetched(view, b"PREVIEW", uids=(1, 2, 3, 4))
    texts = [row[b"PREVIEW"] for row in rows]
    assert texts == [
        b"{16}\r\n" + "Grüße aus Wien".encode(),
        b'"Text of b@x"',
        b"{15}\r\n" + "Only über HTML".encode(),
        b'""',
    ]


async def test_previews_are_made_once_in_few_round_trips(world: World) -> None:
    count = PREVIEW_ROWS + 5
    view = await opened(world, *(mail(f"m{n}@x") for n in range(count)))
    uids = range(1, count + 1)
    assert len(await fetched(view, b"PREVIEW", uids=uids)) == count
    assert world.upstream.calls["fetch"] == 4  # structure and text, twice
    await fetched(view, b"PREVIEW", uids=uids)
    assert world.upstream.calls["fetch"] == 4
    assert all(a[0] == b"BODYSTRUCTURE" or b"<0." in a[0] for _, _, a in world.upstream.asked)


async def test_a_preview_is_recorded_as_a_copy_of_each_mail(world: World) -> None:
    view = await opened(world, mail("a@x"), mail("b@x"))
    await fetched(view, b"PREVIEW", b"BODY.PEEK[HEADER]", uids=(1, 2), how=Reading.LIST)
    records = [entry.record for entry in await world.log(action="copy")]
    assert [record.message_id for record in records] == ["a@x", "b@x"]
    assert "PREVIEW" in str(records[0].detail["what"])
    world.upstream.down = True
    assert (await fetched(view, b"PREVIEW"))[0][b"PREVIEW"] == b'"Text of a@x"'


async def test_what_needs_the_provider_is_unavailable_without_it(world: World) -> None:
    view = await opened(world, mail("a@x"))
    world.upstream.down = True
    for attribute in (b"PREVIEW", b"BINARY.PEEK[1]"):
        with pytest.raises(UpstreamUnavailable):
            await fetched(view, attribute)


async def test_messages_that_are_gone_are_left_out(world: World) -> None:
    view = await opened(world, mail("a@x"), mail("b@x"))
    del world.upstream.folders["INBOX"].mails[1]
    for attributes in ((b"PREVIEW",), (b"BINARY.PEEK[1]",), (b"BINARY.SIZE[1]", b"PREVIEW")):
        rows = await fetched(view, *attributes, uids=(1, 2))
        assert len(rows) == 1
