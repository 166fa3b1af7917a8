"""LIST with MYRIGHTS asks only about folders that are there: what is refused goes on record."""

from __future__ import annotations


async def test_a_name_without_a_folder_is_not_asked_about(connect, world):
    world.left_over.append("Gone")
    client = connect()
    await client.login()
    said = await client.send(b'a LIST (SUBSCRIBED) "" (INBOX Gone) RETURN (MYRIGHTS)\r\n')
    assert b'* LIST (\\NonExistent \\Subscribed) "/" Gone\r\n' in said
    assert b"* MYRIGHTS INBOX lrswiktecd\r\n" in said
    assert b"MYRIGHTS Gone" not in said
    assert [call for call in world.calls if call[0] == "rights"] == [("rights", "INBOX")]
