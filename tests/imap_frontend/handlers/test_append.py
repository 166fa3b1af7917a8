"""APPEND: several big messages arrive as they were sent, by way of one spool; what is refused at
the door is on record.
"""

from __future__ import annotations

import os

import pytest

from imap_frontend.options import Options
from proxyd.domain.errors import StoreUnavailable
from proxyd.imapwire.frame import Limits
from proxyd.upstream.spool import Spool, spool


async def test_several_messages_share_one_spool(connect, world):
    opened: list[int] = []

    def counted(size: int) -> Spool:
        opened.append(size)
        return spool(size)

    client = connect(options=Options(spool=counted))
    await client.login()
    mails = [os.urandom(size).replace(b"\0", b"x") for size in (300_000, 200_000, 100_000, 5, 90)]
    octets = b"".join(b" (\\Seen) {%d+}\r\n%b" % (len(mail), mail) for mail in mails)
    said = await client.send(b"a APPEND Sent" + octets + b"\r\nb NOOP\r\n")
    assert b"a OK [APPENDUID 777 1:5]" in said
    assert b"b OK" in said
    assert [row.raw for row in world.folders["Sent"].rows.values()] == mails
    assert opened == [300_000]


async def test_what_is_too_big_or_too_many_is_refused_and_the_next_command_runs(connect):
    client = connect(options=Options(limits=Limits(append=100)))
    await client.login()
    mail = b" {100+}\r\n" + b"m" * 100
    said = await client.send(b"a APPEND Sent" + mail * 3 + b"\r\nb NOOP\r\n")
    assert b"a NO [TOOBIG]" in said
    assert b"b OK" in said
    said = await client.send(b"c APPEND Sent" + mail + b" {101}\r\nd NOOP\r\n")
    assert b"c NO [TOOBIG]" in said
    assert b"d OK" in said
    said = await client.send(b"e APPEND Sent" + b" {0+}\r\n" * 1001 + b"\r\nf NOOP\r\n")
    assert b"e BAD Too many literals" in said
    assert b"f OK" in said


BAD_URL = b'CATENATE (URL "imap://elsewhere.test/INBOX/;UID=1")'


@pytest.mark.parametrize(
    ("octets", "code", "why"),
    [
        (b" {0+}\r\n", b"CANNOT", "empty-mail"),
        (b" {1+}\r\nx {0+}\r\n", b"CANNOT", "empty-mail"),
        (b" {3+}\r\na\0b", b"CANNOT", "nul-in-mail"),
        (b" CATENATE (TEXT {6+}\r\n123456 TEXT {5+}\r\n78901)", b"TOOBIG", "too-big"),
        (b" " + BAD_URL, b"BADURL imap://elsewhere.test/INBOX/;UID=1", "bad-url"),
        (b' CATENATE (URL "/INBOX/;UID=999")', b"BADURL /INBOX/;UID=999", "bad-url"),
    ],
)
async def test_a_mail_refused_at_the_door_is_on_record(connect, world, octets, code, why):
    client = connect(options=Options(limits=Limits(append=10)))
    await client.login()
    said = await client.send(b"a APPEND Sent" + octets + b"\r\n")
    assert b"a NO [" + code + b"]" in said
    assert [call for call in world.calls if call[0] == "refused append"] == [
        ("refused append", "Sent", why)
    ]
    assert world.folders["Sent"].rows == {}


async def test_a_mail_too_big_to_be_read_at_all_is_on_record(connect, world):
    client = connect(options=Options(limits=Limits(append=10)))
    await client.settle()
    assert b"a BAD" in await client.send(b"a APPEND Sent {99999999}\r\n"), "nobody is signed in"
    await client.login()
    assert b"b NO [TOOBIG]" in await client.send(b"b APPEND Sent {11}\r\n")
    assert ("refused append", "", "too-big") in world.calls


async def test_what_can_not_be_recorded_is_said_to_be_that(connect, world):
    client = connect(options=Options(limits=Limits(append=10)))
    await client.login()
    for tag, octets in ((b"a", b" {0+}\r\n"), (b"b", b" {11}")):
        world.failures["record_refused_append"] = StoreUnavailable("full")
        said = await client.send(tag + b" APPEND Sent" + octets + b"\r\n")
        assert tag + b" NO [UNAVAILABLE]" in said


async def test_nothing_is_read_for_a_folder_that_takes_no_mail(connect, world):
    client = connect()
    await client.login()
    for name in (b"Nowhere", b"Customers"):
        said = await client.send(b"a APPEND " + name + b' CATENATE (URL "/INBOX/;UID=20")\r\n')
        assert b"a NO [" in said
        assert ("check append", name.decode()) in world.calls
    assert not [call for call in world.calls if call[0] in ("referred", "refused append")]
