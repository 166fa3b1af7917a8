"""The port of the provider's side, against a real Dovecot."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from proxyd.domain.errors import (
    UidValidityChanged,
    UpstreamFolderMissing,
    UpstreamRefused,
    UpstreamSignInRefused,
)
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.upstream.mailbox import ImapUpstream
from tests.servers.dovecot import Dovecot
from tests.upstream.conftest import OpenMailbox, eventually, server_of


def mail(number: int, body: bytes = b"hello\r\n") -> bytes:
    return b"Message-ID: <%d@example.test>\r\nSubject: mail %d\r\n\r\n%b" % (number, number, body)


def instant(internal_date: bytes) -> datetime:
    """Dovecot tells it in its own zone."""
    return datetime.strptime(internal_date.decode(), '"%d-%b-%Y %H:%M:%S %z"')


async def filled(mailbox: ImapUpstream, count: int, folder: str = "INBOX") -> int:
    """The folder with ``count`` mails, UIDs from 1; its UIDVALIDITY."""
    for number in range(1, count + 1):
        await mailbox.append(folder, [], None, BytesBlob(mail(number)))
    return (await mailbox.status([folder]))[folder].uidvalidity


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
async def test_signs_in_however_the_line_is_protected(
    open_mailbox: OpenMailbox, dovecot: Dovecot, security: str
) -> None:
    mailbox = open_mailbox(server_of(dovecot, security))
    assert {"UIDPLUS", "MOVE", "IDLE"} <= await mailbox.capabilities()


async def test_refused_password_is_told_apart_and_not_insisted_on(
    open_mailbox: OpenMailbox, dovecot: Dovecot
) -> None:
    events: list[str] = []
    words = ["hunter2"]
    mailbox = open_mailbox(password=lambda: words[0], on_event=events.append)
    for _ in range(3):
        with pytest.raises(UpstreamSignInRefused) as caught:
            await mailbox.capabilities()
        assert dovecot.user in caught.value.reason
        assert "hunter2" not in str(caught.value)
    assert events == ["refused"]  # one attempt, and no second one with the same password
    words[0] = dovecot.password
    assert await mailbox.capabilities()


async def test_lists_folders_with_their_uses(mailbox: ImapUpstream) -> None:
    await mailbox.create("顧客/あ&B")
    folders = {folder.name: folder for folder in await mailbox.list_folders()}
    assert folders["INBOX"].delimiter == "/"
    assert "\\sent" in folders["Sent"].attributes
    assert "\\junk" in folders["Junk"].attributes
    assert folders["顧客/あ&B"].selectable
    await mailbox.rename("顧客/あ&B", "顧客/い")
    await mailbox.delete("顧客/い")
    with pytest.raises(UpstreamFolderMissing):
        await mailbox.delete("顧客/い")


async def test_counts_folders_and_leaves_out_those_that_are_gone(mailbox: ImapUpstream) -> None:
    await filled(mailbox, 3)
    counted = await mailbox.status(["INBOX", "Nowhere", "Sent"])
    assert set(counted) == {"INBOX", "Sent"}
    assert (counted["INBOX"].messages, counted["INBOX"].uidnext) == (3, 4)
    assert counted["INBOX"].highestmodseq


async def test_status_sees_what_came_while_the_folder_was_selected(
    mailbox: ImapUpstream, dovecot: Dovecot
) -> None:
    uidvalidity = await filled(mailbox, 1)
    await mailbox.scan_flags("INBOX", uidvalidity)
    for number in range(2, 6):
        dovecot.deliver(mail(number))
        assert (await mailbox.status(["INBOX"]))["INBOX"].messages == number


async def test_scans_flags_all_or_changed(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 3)
    before = (await mailbox.status(["INBOX"]))["INBOX"].highestmodseq
    await mailbox.store_flags("INBOX", uidvalidity, [2], "+", ["\\Seen", "$x"])
    rows = await mailbox.scan_flags("INBOX", uidvalidity)
    assert [(row.uid, set(row.flags)) for row in rows] == [
        (1, set()),
        (2, {"\\Seen", "$x"}),
        (3, set()),
    ]
    changed = await mailbox.scan_flags("INBOX", uidvalidity, changed_since=before)
    assert [row.uid for row in changed] == [2]


async def test_sees_mail_that_came_while_the_folder_was_selected(
    mailbox: ImapUpstream, dovecot: Dovecot
) -> None:
    uidvalidity = await filled(mailbox, 1)
    await mailbox.scan_flags("INBOX", uidvalidity)
    for number in range(2, 10):
        dovecot.deliver(mail(number))
        assert len(await mailbox.scan_flags("INBOX", uidvalidity)) == number
        rows = await mailbox.scan_headers("INBOX", uidvalidity, [number], ["Subject"])
        assert b"mail %d" % number in rows[0].header


async def test_scans_headers(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 3)
    rows = await mailbox.scan_headers("INBOX", uidvalidity, [3, 1, 99], ["Message-Id", "Subject"])
    assert [row.uid for row in rows] == [1, 3]
    first = rows[0]
    assert first.header == b"Message-ID: <1@example.test>\r\nSubject: mail 1\r\n\r\n"
    assert first.size == len(mail(1))
    assert len(first.internal_date) == 26
    assert first.flags == ()


async def test_fetches_verbatim_and_never_marks_as_seen(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 2)
    asked = [b"BODY.PEEK[]", b"ENVELOPE", b"BODY.PEEK[TEXT]<1.3>"]
    (row,) = await mailbox.fetch("INBOX", uidvalidity, [2], asked)
    whole = row.values[b"BODY[]"]
    assert isinstance(whole, bytes)
    assert literal_octets(whole) == mail(2)
    assert row.values[b"BODY[TEXT]<1>"] in (b'"ell"', b"{3}\r\nell")
    assert isinstance(row.values[b"ENVELOPE"], bytes)
    assert set(row.values) == {b"BODY[]", b"ENVELOPE", b"BODY[TEXT]<1>"}
    (flags,) = await mailbox.fetch("INBOX", uidvalidity, [2], [b"FLAGS"])
    assert flags.values[b"FLAGS"] in (b"()", b"(\\Recent)")


async def test_big_mail_comes_and_goes_as_a_blob(mailbox: ImapUpstream) -> None:
    body = b"0123456789abcdef" * 64 + b"\r\n"
    big = mail(1, body * 3000)
    told = await mailbox.append("INBOX", ["\\Seen"], "01-Feb-2024 03:04:05 +0900", BytesBlob(big))
    assert told is not None
    uidvalidity, uid = told
    (row,) = await mailbox.fetch("INBOX", uidvalidity, [uid], [b"BODY.PEEK[]", b"INTERNALDATE"])
    blob = row.values[b"BODY[]"]
    assert not isinstance(blob, bytes)
    assert blob.size == len(big)
    assert b"".join(blob.chunks()) == big == b"".join(blob.chunks())
    told_date = row.values[b"INTERNALDATE"]
    assert isinstance(told_date, bytes)
    assert instant(told_date) == instant(b'"01-Feb-2024 03:04:05 +0900"')


async def test_searches_also_with_literals_and_japanese(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 3)
    await mailbox.append("INBOX", [], None, BytesBlob(mail(4, "見積もり\r\n".encode())))
    assert await mailbox.search("INBOX", uidvalidity, b'SUBJECT "mail 2"') == [2]
    assert await mailbox.search("INBOX", uidvalidity, b"SUBJECT {6+}\r\nmail 3") == [3]
    word = "見積".encode()
    criteria = b"OR BODY {%d}\r\n%b SUBJECT {6}\r\nmail 1" % (len(word), word)
    assert await mailbox.search("INBOX", uidvalidity, criteria) == [1, 4]
    with pytest.raises(UpstreamRefused):
        await mailbox.search("INBOX", uidvalidity, b"NONSENSE")


async def test_stores_flags_and_tells_them_as_they_are(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 3)
    rows = await mailbox.store_flags("INBOX", uidvalidity, [1, 3, 77], "+", ["\\Flagged"])
    assert [(row.uid, row.flags) for row in rows] == [(1, ("\\Flagged",)), (3, ("\\Flagged",))]
    again = await mailbox.store_flags("INBOX", uidvalidity, [1], "+", ["\\Flagged"])
    assert [row.flags for row in again] == [("\\Flagged",)]
    emptied = await mailbox.store_flags("INBOX", uidvalidity, [1, 3], "=", [])
    assert [row.flags for row in emptied] == [(), ()]


async def test_copies_and_moves_with_their_new_uids(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 4)
    copied = await mailbox.copy("INBOX", uidvalidity, [4, 1], "Archive")
    assert copied is not None
    assert dict(copied.uids) == {1: 1, 4: 2}
    moved = await mailbox.move("INBOX", uidvalidity, [2, 3], "Archive")
    assert moved is not None
    assert dict(moved.uids) == {2: 3, 3: 4}
    assert moved.uidvalidity == copied.uidvalidity
    assert [row.uid for row in await mailbox.scan_flags("INBOX", uidvalidity)] == [1, 4]
    with pytest.raises(UpstreamFolderMissing):
        await mailbox.move("INBOX", uidvalidity, [1], "Nowhere")


async def test_expunges_only_what_was_asked(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 3)
    await mailbox.store_flags("INBOX", uidvalidity, [1], "+", ["\\Deleted"])
    await mailbox.expunge("INBOX", uidvalidity, [2])
    rows = await mailbox.scan_flags("INBOX", uidvalidity)
    assert [(row.uid, row.flags) for row in rows] == [(1, ("\\Deleted",)), (3, ())]


async def test_other_uidvalidity_is_noticed_before_anything_happens(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 1)
    with pytest.raises(UidValidityChanged) as caught:
        await mailbox.expunge("INBOX", uidvalidity + 1, [1])
    assert caught.value.now == uidvalidity
    assert len(await mailbox.scan_flags("INBOX", uidvalidity)) == 1


async def test_folder_made_anew_under_the_same_name_is_another(mailbox: ImapUpstream) -> None:
    await mailbox.create("Work")
    old = await filled(mailbox, 1, "Work")
    await mailbox.scan_flags("Work", old)
    await mailbox.delete("Work")
    await asyncio.sleep(1.1)  # Dovecot's UIDVALIDITY is a time in seconds
    await mailbox.create("Work")
    with pytest.raises(UidValidityChanged):
        await mailbox.scan_flags("Work", old)
    with pytest.raises(UpstreamFolderMissing):
        await mailbox.scan_flags("Gone", 1)


async def test_all_flags_are_kept_here(mailbox: ImapUpstream) -> None:
    assert await mailbox.permanent_flags("INBOX") == PermanentFlags(keywords=True)


async def test_watch_hears_of_mail_at_once_and_of_a_lost_line(
    mailbox: ImapUpstream, dovecot: Dovecot
) -> None:
    changes: list[int] = []
    states: list[tuple[bool, str]] = []
    await filled(mailbox, 1)
    mailbox.watch("INBOX", lambda: changes.append(1), lambda up, why: states.append((up, why)))
    await eventually(lambda: changes)  # once, when the line comes up
    await asyncio.sleep(0.1)  # Dovecot sets its inotify watch up
    changes.clear()
    dovecot.deliver(mail(2))
    await eventually(lambda: changes)
    changes.clear()
    dovecot.drop_connections(dovecot.user)
    await eventually(lambda: changes)  # it is back
    assert states == [(True, "")], "one connection that broke is no provider that is down"


async def test_three_connections_at_most_whatever_is_asked(
    mailbox: ImapUpstream, dovecot: Dovecot
) -> None:
    uidvalidity = await filled(mailbox, 5)
    changes: list[int] = []
    mailbox.watch("INBOX", lambda: changes.append(1), lambda up, why: None)
    most = 0

    async def count() -> None:
        nonlocal most
        while True:
            most = max(most, await asyncio.to_thread(dovecot.connections, dovecot.user))

    counting = asyncio.ensure_future(count())
    jobs = [mailbox.fetch("INBOX", uidvalidity, [1 + n % 5], [b"BODY.PEEK[]"]) for n in range(300)]
    jobs += [mailbox.fetch("Sent", uidvalidity, [1], [b"ENVELOPE"]) for _ in range(20)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    await eventually(lambda: changes)
    counting.cancel()
    await asyncio.gather(counting, return_exceptions=True)
    assert all(isinstance(one, list) and len(one) == 1 for one in results[:300])
    assert all(isinstance(one, UidValidityChanged) for one in results[300:])
    assert 2 <= most <= 3


async def test_reading_survives_a_provider_that_drops_connections(
    mailbox: ImapUpstream, dovecot: Dovecot
) -> None:
    uidvalidity = await filled(mailbox, 2)
    for _ in range(3):
        dovecot.drop_connections(dovecot.user)
        assert len(await mailbox.scan_flags("INBOX", uidvalidity)) == 2


async def test_ten_thousand_uids_in_many_commands(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 4)
    scattered = [1, 3, *range(5, 20000, 2)]
    rows = await mailbox.fetch("INBOX", uidvalidity, scattered, [b"RFC822.SIZE"])
    assert [row.uid for row in rows] == [1, 3]


async def test_a_folder_deleted_while_it_is_open_elsewhere_spoils_nothing_after(
    open_mailbox: OpenMailbox,
) -> None:
    """Dovecot answers whatever comes next with "Mailbox was deleted under us", also an APPEND
    that it has carried out.
    """
    mailbox = open_mailbox(connections=4)
    for number in range(5):
        await mailbox.create("Work")
        validity = await filled(mailbox, 2, "Work")
        reads = (mailbox.fetch("Work", validity, [1], [b"BODY.PEEK[]"]) for _ in range(6))
        await asyncio.gather(*reads)
        await mailbox.delete("Work")
        await asyncio.gather(
            *(mailbox.append("INBOX", [], None, BytesBlob(mail(n))) for n in range(3))
        )
        status = (await mailbox.status(["INBOX"]))["INBOX"]
        assert status.messages == 3 * (number + 1)
