"""The provider's side with a memory: asked once, told as it was told, forgotten when it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from proxyd.domain.errors import UidValidityChanged, UpstreamUnavailable
from proxyd.upstream.cache.keeper import IN_MEMORY
from proxyd.upstream.sealed_chunks import Damaged
from tests.patience import turns
from tests.upstream.cache.conftest import Desk, files, mail, octets, shared_mailbox

FIELDS = b"BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)]"
BODY = b"BODY.PEEK[]"
BIG = bytes(range(256)) * 4096  # 1 MiB


async def test_a_row_is_asked_once(desk: Desk) -> None:
    for number in range(1, 701):
        desk.provider.deliver(mail(number))
    uids = list(range(1, 701))
    first = await desk.mailbox.fetch("INBOX", 1, uids, [FIELDS])
    assert len(desk.asked()) == 1
    again = await desk.mailbox.fetch("INBOX", 1, uids, [FIELDS])
    assert desk.asked() == []
    assert again == first and [row.uid for row in first] == uids
    assert first[6].values == {
        b"BODY[HEADER.FIELDS (SUBJECT FROM)]": b"{19}\r\nSubject: mail 7\r\n\r\n"
    }


async def test_only_what_is_missing_is_asked(desk: Desk) -> None:
    for number in range(1, 6):
        desk.provider.deliver(mail(number))
    await desk.values(FIELDS, uids=[1, 3])
    await desk.values(b"ENVELOPE", uids=[2, 4])
    desk.asked()
    rows = await desk.mailbox.fetch("INBOX", 1, [1, 2, 3, 4, 5], [FIELDS, b"ENVELOPE"])
    assert [(row.uid, len(row.values)) for row in rows] == [(n, 2) for n in range(1, 6)]
    assert sorted(desk.asked()) == [
        ("INBOX", (1, 3), (b"ENVELOPE",)),
        ("INBOX", (2, 4), (FIELDS,)),
        ("INBOX", (5,), (FIELDS, b"ENVELOPE")),
    ]


async def test_two_clients_share_what_they_spell_in_two_ways(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    await desk.values(FIELDS)
    assert await desk.values(b'body.peek[header.fields ("from" Subject)]')
    assert len(desk.asked()) == 1


async def test_what_may_change_is_always_asked(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    for _ in range(2):
        with pytest.raises(AssertionError):  # the fake knows neither
            await desk.values(FIELDS, b"X-GM-LABELS")
        with pytest.raises(AssertionError):  # it would mark the mail as read
            await desk.values(b"BODY[]")
    assert desk.provider.calls["fetch"] == 4


@pytest.mark.parametrize("size", [10, IN_MEMORY + 1, len(BIG)])
async def test_bodies_survive_a_restart(desk: Desk, size: int) -> None:
    raw = mail(1, BIG[:size].replace(b"\r", b"x").replace(b"\n", b"y"))
    desk.provider.deliver(raw)
    first = await desk.values(BODY)
    assert octets(first[0]).endswith(raw)
    await desk.restart()
    desk.provider.down = True
    assert await desk.values(BODY) == first
    assert await desk.values(BODY) == first


async def test_lists_survive_a_restart(desk: Desk) -> None:
    for number in range(1, 401):
        desk.provider.deliver(mail(number))
    uids = list(range(1, 401))
    first = await desk.mailbox.fetch("INBOX", 1, uids, [FIELDS, b"ENVELOPE"])
    await desk.restart()
    desk.provider.down = True
    assert await desk.mailbox.fetch("INBOX", 1, uids, [FIELDS, b"ENVELOPE"]) == first


async def test_nothing_readable_is_on_disk(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1, b"a very secret text\r\n"))
    await desk.values(BODY, FIELDS)
    await desk.restart()
    stored = files(directory)
    assert len(stored) == 2
    for file in stored:
        text = file.read_bytes()
        assert b"secret" not in text and b"Subject" not in text and b"BODY" not in text
        assert file.stat().st_mode & 0o777 == 0o600
        assert "INBOX" not in str(file.relative_to(directory))
        for folder in file.relative_to(directory).parents:
            assert (directory / folder).stat().st_mode & 0o777 == 0o700


async def test_another_key_finds_nothing_and_does_no_harm(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    first = await desk.values(BODY)
    await desk.restart(key=bytes(32))
    assert await desk.values(BODY) == first
    assert len(desk.asked()) == 2


@pytest.mark.parametrize("where", [0, 4, 20, 22, 40, -1, -20])
async def test_a_flipped_octet_is_fetched_again_unseen(
    desk: Desk, directory: Path, where: int
) -> None:
    desk.provider.deliver(mail(1, BIG.replace(b"\r", b"x").replace(b"\n", b"y")))
    asks = (BODY, FIELDS, b"BODY.PEEK[TEXT]<0.100>")
    first = await desk.values(*asks)
    await desk.restart()
    for file in files(directory):
        text = bytearray(file.read_bytes())
        text[where] ^= 1
        file.write_bytes(text)
    desk.asked()
    assert await desk.values(*asks) == first
    assert desk.asked() != []
    assert desk.cache.counts.damaged == 3
    await desk.restart()
    desk.provider.down = True
    assert await desk.values(*asks) == first


@pytest.mark.parametrize("left", [0, 3, 21, 100, 70_000])
async def test_a_file_cut_short_is_fetched_again_unseen(
    desk: Desk, directory: Path, left: int
) -> None:
    desk.provider.deliver(mail(1, BIG.replace(b"\r", b"x").replace(b"\n", b"y")))
    first = await desk.values(BODY)
    await desk.restart()
    (file,) = files(directory)
    file.write_bytes(file.read_bytes()[:left])
    assert await desk.values(BODY) == first
    assert desk.cache.counts.damaged == 1


async def test_a_file_altered_while_it_is_open_is_not_handed_out_again(
    desk: Desk, directory: Path
) -> None:
    desk.provider.deliver(mail(1, BIG.replace(b"\r", b"x").replace(b"\n", b"y")))
    first = await desk.values(BODY)
    await desk.restart()
    assert await desk.values(BODY) == first
    (file,) = files(directory)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    desk.asked()
    with pytest.raises(Damaged):
        await desk.values(BODY)
    assert await desk.values(BODY) == first
    assert desk.asked() != []
    assert desk.cache.counts.damaged in (1, 2), "the second is the look at the disk"


async def test_files_that_changed_places_are_no_use(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1))
    desk.provider.deliver(mail(2))
    first = await desk.values(BODY, uids=[1, 2])
    await desk.restart()
    one, two = files(directory)
    kept = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(kept)
    assert await desk.values(BODY, uids=[1, 2]) == first


# ---------------------------------------------------------------- pieces


async def test_a_body_read_in_pieces_is_fetched_once(desk: Desk) -> None:
    raw = mail(1, BIG.replace(b"\r", b"x").replace(b"\n", b"y"))
    desk.provider.deliver(raw)
    size, step = len(raw), 100_000
    read = b""
    for start in range(0, size, step):
        (text,) = await desk.values(b"BODY.PEEK[]<%d.%d>" % (start, step))
        read += octets(text).partition(b"\r\n")[2]
    assert read == raw
    asked = [attributes for _, _, attributes in desk.asked()]
    assert asked == [(b"BODY.PEEK[]<0.100000>", b"RFC822.SIZE"), (b"BODY.PEEK[]",)]


async def test_a_piece_is_named_and_cut_as_the_provider_does(desk: Desk) -> None:
    raw = mail(1, BIG.replace(b"\r", b"x").replace(b"\n", b"y"))
    desk.provider.deliver(raw)
    await desk.values(BODY)
    for first, most in [(0, 10), (5, 1), (65_530, 20), (len(raw) - 1, 99), (0, 1 << 31)]:
        (row,) = await desk.mailbox.fetch("INBOX", 1, [1], [b"BODY.PEEK[]<%d.%d>" % (first, most)])
        (name, value) = next(iter(row.values.items()))
        assert name == b"BODY[]<%d>" % first
        piece = raw[first : first + most]
        assert octets(value) in (b"{%d}\r\n%b" % (len(piece), piece), piece)
    assert await desk.values(b"BODY.PEEK[]<99999999.10>") == [b"{0}\r\n"]
    assert len(desk.asked()) == 1


async def test_a_first_piece_that_is_all_of_it_is_the_whole(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    await desk.values(b"BODY.PEEK[TEXT]<0.8192>")
    assert await desk.values(b"BODY.PEEK[TEXT]") == [b"{7}\r\nhello\r\n"]
    assert len(desk.asked()) == 1


async def test_a_piece_of_nothing_is_nothing(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    assert await desk.values(b"BODY.PEEK[7]<0.10>") == [b"NIL"]
    assert await desk.values(b"BODY.PEEK[7]<3.10>") == [b"NIL"]
    assert await desk.values(b"BODY.PEEK[7]") == [b"NIL"]


async def test_piece_and_whole_in_one_command(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    for _ in range(2):
        (row,) = await desk.mailbox.fetch("INBOX", 1, [1], [b"BODY.PEEK[TEXT]<1.2>", BODY])
        assert row.values[b"BODY[TEXT]<1>"] == b"{2}\r\nel"
        assert octets(row.values[b"BODY[]"]).endswith(b"hello\r\n")


async def test_what_is_too_big_to_keep_is_read_in_the_clients_own_pieces(desk: Desk) -> None:
    await desk.restart(disk=MIB_LITTLE)
    desk.provider.deliver(mail(1, BIG.replace(b"\r", b"x").replace(b"\n", b"y")))
    for start in (0, 1000, 2000):
        await desk.values(b"BODY.PEEK[]<%d.1000>" % start)
    assert BODY not in [one for _, _, attributes in desk.asked() for one in attributes]


MIB_LITTLE = 2 * len(BIG)


# ---------------------------------------------------------------- at the same time


async def test_two_who_want_the_same_wait_for_one_answer(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    desk.provider.hold = asyncio.Event()
    both = [asyncio.ensure_future(desk.values(BODY)) for _ in range(20)]
    await desk.waiting(20)
    desk.provider.hold.set()
    texts = await asyncio.gather(*both)
    assert len(desk.asked()) == 1
    assert all(text == texts[0] for text in texts)


async def test_what_came_while_somebody_looked_on_the_disk_is_not_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.provider.deliver(mail(1))
    shelf, told = desk.mailbox._shelf, asyncio.Event()  # type: ignore[attr-defined]
    find = shelf.find

    async def slow(*asked: object) -> object:
        monkeypatch.setattr(shelf, "find", find)
        found = await find(*asked)
        await told.wait()
        return found

    monkeypatch.setattr(shelf, "find", slow)
    second = asyncio.ensure_future(desk.values(BODY))
    await turns()
    first = await desk.values(BODY)
    told.set()
    assert await second == first
    assert len(desk.asked()) == 1


async def test_who_hangs_up_takes_nothing_from_the_other(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    desk.provider.hold = asyncio.Event()
    first, second = (asyncio.ensure_future(desk.values(BODY)) for _ in range(2))
    await desk.waiting(2)
    first.cancel()
    await turns()
    desk.provider.hold.set()
    assert await second
    assert len(desk.asked()) == 1


async def test_a_failure_is_everybodys_and_the_next_one_asks_again(desk: Desk) -> None:
    desk.provider.deliver(mail(1))
    desk.provider.down, desk.provider.hold = True, asyncio.Event()
    all_of_them = [asyncio.ensure_future(desk.values(BODY)) for _ in range(3)]
    await desk.waiting(3)
    desk.provider.hold.set()
    for answer in await asyncio.gather(*all_of_them, return_exceptions=True):
        assert isinstance(answer, UpstreamUnavailable)
    assert desk.provider.calls["fetch"] == 1
    desk.provider.down = False
    assert await desk.values(BODY)


# ---------------------------------------------------------------- forgetting


async def forgotten(desk: Desk, directory: Path) -> bool:
    """Neither in memory nor on disk."""
    known = await desk.mailbox.known("INBOX", 1, [1], [BODY])
    known += await desk.mailbox.known("INBOX", 1, [1], [FIELDS])
    await desk.restart()
    known += await desk.mailbox.known("INBOX", 1, [1], [BODY])
    known += await desk.mailbox.known("INBOX", 1, [1], [FIELDS])
    return known == []


async def by_expunge(desk: Desk) -> None:
    await desk.mailbox.expunge("INBOX", 1, [1])


async def by_move(desk: Desk) -> None:
    await desk.mailbox.move("INBOX", 1, [1], "Trash")


async def by_others(desk: Desk) -> None:
    desk.mailbox.gone("INBOX", 1, {1})


@pytest.mark.parametrize("away", [by_expunge, by_move, by_others])
@pytest.mark.parametrize("restarted", [False, True])
async def test_what_is_expunged_is_forgotten_and_the_rest_is_not(
    desk: Desk, directory: Path, away: Callable[[Desk], object], restarted: bool
) -> None:
    desk.provider.deliver(mail(1))
    desk.provider.deliver(mail(2))
    await desk.values(BODY, FIELDS, uids=[1, 2])
    if restarted:
        await desk.restart()
    await away(desk)  # type: ignore[misc]
    assert await forgotten(desk, directory)
    assert len(await desk.mailbox.known("INBOX", 1, [1, 2], [BODY, FIELDS])) == 1


async def test_what_comes_late_of_an_expunged_mail_is_not_kept(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1))
    desk.provider.hold = asyncio.Event()
    late = asyncio.ensure_future(desk.values(BODY, FIELDS))
    await desk.provider.held()
    desk.mailbox.gone("INBOX", 1, {1})
    desk.provider.hold.set()
    assert await late
    assert await forgotten(desk, directory)


async def test_another_uidvalidity_forgets_the_former(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1))
    await desk.values(BODY, FIELDS)
    await desk.restart()
    assert len(files(directory)) == 2
    desk.provider.folders["INBOX"].uidvalidity = 2
    with pytest.raises(UidValidityChanged):
        await desk.values(b"ENVELOPE")
    assert await desk.mailbox.fetch("INBOX", 2, [1], [BODY])
    await desk.restart()
    assert len(files(directory)) == 1


async def test_a_folder_that_was_removed_is_forgotten(desk: Desk, directory: Path) -> None:
    await desk.mailbox.create("Old")
    await desk.mailbox.create("Old/Deep")
    for name in ("Old", "Old/Deep", "INBOX"):
        desk.provider.deliver(mail(1), name)
        validity = desk.provider.folders[name].uidvalidity
        await desk.mailbox.fetch(name, validity, [1], [BODY])
    await desk.mailbox.list_folders()
    await desk.restart()
    assert len(files(directory)) == 3
    await desk.mailbox.list_folders()
    await desk.mailbox.rename("Old", "New")
    await desk.restart()
    assert len(files(directory)) == 1


async def test_a_folder_that_others_removed_is_forgotten(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1), "Junk")
    await desk.mailbox.fetch("Junk", desk.provider.folders["Junk"].uidvalidity, [1], [BODY])
    del desk.provider.folders["Junk"]
    await desk.mailbox.list_folders()
    await desk.restart()
    assert files(directory) == []


async def test_a_mailbox_at_another_server_knows_nothing(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1))
    await desk.values(BODY)
    other = shared_mailbox(2)
    desk.cache.keep_only([other])
    moved = desk.cache.of(other, desk.provider)
    assert await moved.known("INBOX", 1, [1], [BODY]) == []
    await desk.restart()
    assert files(directory) == []


# ---------------------------------------------------------------- the provider is gone


async def test_what_is_known_comes_without_the_provider(desk: Desk) -> None:
    for number in range(1, 4):
        desk.provider.deliver(mail(number))
    await desk.values(BODY, uids=[1, 3])
    desk.provider.down = True
    rows = await desk.mailbox.known("INBOX", 1, [1, 2, 3], [BODY])
    assert [row.uid for row in rows] == [1, 3]
    with pytest.raises(UpstreamUnavailable):
        await desk.values(BODY, uids=[1, 2, 3])
    assert await desk.mailbox.known("INBOX", 1, [1], [b"X-OTHER"]) == []
