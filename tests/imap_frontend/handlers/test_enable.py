"""ENABLE: what can be turned on is what is announced (dialogue: enable_namespace)."""

from __future__ import annotations

from imap_frontend.capabilities import CAPABILITIES
from imap_frontend.handlers.enable import EXTENSIONS


def test_what_can_be_enabled_is_announced():
    assert set(EXTENSIONS.values()) <= {row.name for row in CAPABILITIES}
    assert all(name == word.upper() for name, word in EXTENSIONS.items())


async def test_all_at_once_and_for_the_whole_connection(connect):
    client = connect()
    await client.login()
    said = await client.send(b"a ENABLE IMAP4rev2 qresync UTF8=ACCEPT UIDONLY NOTHING\r\n")
    assert said == b"* ENABLED IMAP4rev2 QRESYNC UTF8=ACCEPT UIDONLY\r\na OK done\r\n"
    said = await client.send(b"b ENABLE CONDSTORE UIDONLY\r\n")
    assert said == b"* ENABLED\r\nb OK done\r\n", "QRESYNC has CONDSTORE in it"
    await client.select()
    await client.select(b"Sent")
    assert client.context.has("QRESYNC") and client.context.utf8
