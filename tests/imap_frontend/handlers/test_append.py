"""APPEND of several big messages: each arrives as it was sent, by way of one spool."""

from __future__ import annotations

import os

from imap_frontend.options import Options
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
