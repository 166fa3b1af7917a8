"""Providers that want to know who asks (RFC 2971), before they let in or before they open a folder;
with ID announced and without.
"""

from __future__ import annotations

import pytest

from proxyd.domain.errors import UpstreamFolderShut, UpstreamSignInRefused
from tests.upstream.conftest import OpenMailbox
from tests.upstream.scripted import Script, Scripted, Wire

UNSAFE = b" NO Unsafe Login. Please contact kefu@188.com for help\r\n"


def strict(*, before: str, announced: str) -> Script:
    """Refuses ``before`` ("sign in", "open") to who has not said ID; ``announced`` "greeting",
    "signed in", "both" or "".
    """

    def words(moment: str) -> bytes:
        return b" ID" if announced in (moment, "both") else b""

    async def script(wire: Wire) -> None:
        await wire.say(
            b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN%b] x\r\n" % words("greeting")
        )
        identified = signed_in = False
        while line := await wire.line():
            tag, _, command = line.partition(b" ")
            name = command.split()[0]
            if name == b"ID":
                # NetEase forgets what was said before the sign-in.
                identified = signed_in or before == "sign in"
                await wire.say(b"* ID NIL\r\n", tag + b" OK done\r\n")
            elif name == b"AUTHENTICATE" and before == "sign in" and not identified:
                await wire.say(tag + UNSAFE)
            elif name == b"AUTHENTICATE":
                signed_in = True
                offered = b" OK [CAPABILITY IMAP4rev1%b] welcome\r\n" % words("signed in")
                await wire.say(tag + offered)
            elif name in (b"SELECT", b"EXAMINE") and before == "open" and not identified:
                await wire.say(tag + UNSAFE)
            elif name in (b"SELECT", b"EXAMINE"):
                await wire.say(b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n")
                await wire.say(b"* OK [PERMANENTFLAGS (\\*)] x\r\n", tag + b" OK done\r\n")
            else:
                await wire.say(tag + b" OK done\r\n")

    return script


@pytest.mark.parametrize(
    ("before", "announced"),
    [
        ("sign in", "greeting"),
        ("sign in", "both"),
        ("open", "signed in"),
        ("open", "both"),
        ("", ""),
        ("", "both"),
    ],
)
async def test_who_is_asked_says_who_he_is(
    open_mailbox: OpenMailbox, before: str, announced: str
) -> None:
    async with Scripted(strict(before=before, announced=announced)) as fake:
        assert (await open_mailbox(fake.server).permanent_flags("INBOX")).keywords


async def test_where_nobody_asks_the_refusal_is_told_in_the_providers_words(
    open_mailbox: OpenMailbox,
) -> None:
    async with Scripted(strict(before="sign in", announced="signed in")) as fake:
        with pytest.raises(UpstreamSignInRefused, match="Unsafe Login"):
            await open_mailbox(fake.server).capabilities()
    async with Scripted(strict(before="open", announced="")) as fake:
        mailbox = open_mailbox(fake.server)
        assert await mailbox.capabilities()
        with pytest.raises(UpstreamFolderShut, match="Unsafe Login"):
            await mailbox.permanent_flags("INBOX")
