"""SELECT, LIST, LSUB, STATUS, CREATE, DELETE, RENAME, SUBSCRIBE as a client sees them."""

from __future__ import annotations

import pytest

from proxyd.demo.imap_server import DemoImap
from tests.demo.conftest import MAILS, Connect


async def test_select_tells_the_state(connect: Connect) -> None:
    client = await connect(None)
    await client.ok("SELECT INBOX")
    await client.ok("STORE 1:2 +FLAGS (\\Seen $x)")
    untagged = await client.ok("SELECT INBOX")
    assert untagged[0] == b"FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $x)"
    assert untagged[1].startswith(
        b"OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]"
    )
    assert untagged[2:4] == [b"4 EXISTS", b"0 RECENT"]
    assert untagged[4].startswith(b"OK [UIDVALIDITY ")
    assert untagged[5].startswith(b"OK [UIDNEXT 5]")
    assert untagged[6].startswith(b"OK [UNSEEN 3]")


async def test_examine_keeps_no_flags(connect: Connect) -> None:
    client = await connect(None)
    answer = await client.command("EXAMINE INBOX")
    assert answer.startswith(b"OK [READ-ONLY]")
    assert client.untagged[1].startswith(b"OK [PERMANENTFLAGS ()]")


async def test_failed_select_leaves_nothing_selected(connect: Connect) -> None:
    client = await connect()
    assert (await client.command("SELECT Nowhere")).startswith(b"NO [NONEXISTENT]")
    assert (await client.command("FETCH 1 FLAGS")).startswith(b"BAD Select")


async def test_list_names_special_uses(connect: Connect) -> None:
    client = await connect(None)
    assert await client.ok('LIST "" "*"') == [
        b'LIST (\\HasNoChildren \\Archive) "/" Archive',
        b'LIST (\\HasNoChildren \\Drafts) "/" Drafts',
        b'LIST (\\HasNoChildren) "/" INBOX',
        b'LIST (\\HasNoChildren \\Junk) "/" Junk',
        b'LIST (\\HasNoChildren \\Sent) "/" Sent',
        b'LIST (\\HasNoChildren \\Trash) "/" Trash',
    ]
    assert await client.ok('LIST "" ""') == [b'LIST (\\Noselect) "/" ""']
    assert await client.ok('LIST (SPECIAL-USE) "" "S*"') == [
        b'LIST (\\HasNoChildren \\Sent) "/" Sent'
    ]


async def test_list_with_status(connect: Connect) -> None:
    client = await connect(None)
    assert await client.ok('LIST "" inbox RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))') == [
        b'LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
        b"STATUS INBOX (MESSAGES 4 UNSEEN 4)",
    ]


async def test_list_subscribed_tells_what_is_gone(connect: Connect) -> None:
    client = await connect(None)
    for command in ("CREATE a/b", "SUBSCRIBE a/b", "DELETE a/b"):
        await client.ok(command)
    assert await client.ok('LIST (SUBSCRIBED) "" "a*"') == [
        b'LIST (\\NonExistent \\Subscribed) "/" a/b'
    ]
    assert await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"') != []
    assert (await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" "a"')) == [
        b'LIST (\\HasNoChildren) "/" a ("CHILDINFO" ("SUBSCRIBED"))'
    ]
    assert await client.ok('LSUB "" "a%"') == [b'LSUB (\\Noselect) "/" a']
    await client.ok("UNSUBSCRIBE a/b")
    assert await client.ok('LSUB "" "a*"') == []


async def test_status(connect: Connect) -> None:
    client = await connect()
    await client.ok("STORE 1 +FLAGS (\\Seen)")
    (line,) = await client.ok("STATUS INBOX (MESSAGES RECENT UIDNEXT UNSEEN SIZE)")
    size = sum(map(len, MAILS))
    assert line == b"STATUS INBOX (MESSAGES 4 RECENT 0 UIDNEXT 5 UNSEEN 3 SIZE %d)" % size
    assert (await client.command("STATUS Nowhere (MESSAGES)")).startswith(b"NO [NONEXISTENT]")


async def test_create_makes_the_levels_above(connect: Connect) -> None:
    client = await connect(None)
    await client.ok("CREATE &ZeVnLIqe-/one/two/")
    assert await client.ok('LIST "" "&ZeVnLIqe-*"') == [
        b'LIST (\\HasChildren) "/" &ZeVnLIqe-',
        b'LIST (\\HasChildren) "/" &ZeVnLIqe-/one',
        b'LIST (\\HasNoChildren) "/" &ZeVnLIqe-/one/two',
    ]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("CREATE INBOX", b"ALREADYEXISTS"),
        ("CREATE inbox", b"ALREADYEXISTS"),
        ("CREATE a//b", b"CANNOT"),
        ('CREATE "a*b"', b"CANNOT"),
        ('CREATE ""', b"CANNOT"),
        ("CREATE " + "x" * 600, b"CANNOT"),
        ("DELETE INBOX", b"CANNOT"),
        ("DELETE Nowhere", b"NONEXISTENT"),
        ("RENAME Nowhere b", b"NONEXISTENT"),
        ("RENAME Sent Trash", b"ALREADYEXISTS"),
        ("RENAME Sent Sent/below", b"CANNOT"),
        ("SUBSCRIBE Nowhere", b"NONEXISTENT"),
    ],
)
async def test_refusals(connect: Connect, command: str, code: bytes) -> None:
    client = await connect(None)
    assert (await client.command(command)).startswith(b"NO [" + code + b"]")


async def test_delete_with_children_is_refused(connect: Connect) -> None:
    client = await connect(None)
    await client.ok("CREATE a/b")
    assert (await client.command("DELETE a")).startswith(b"NO [HASCHILDREN]")


async def test_deleted_folder_empties_for_those_who_have_it_open(connect: Connect) -> None:
    client, other = await connect(), await connect("Archive")
    await client.ok("COPY 1:2 Archive")
    assert await other.ok("NOOP") == [b"2 EXISTS"]
    await client.ok("DELETE Archive")
    assert await other.ok("NOOP") == [b"2 EXPUNGE", b"1 EXPUNGE"]
    assert (await client.command("SELECT Archive")).startswith(b"NO")


async def test_folder_made_anew_has_a_greater_uidvalidity(
    connect: Connect, provider: DemoImap
) -> None:
    client = await connect(None)
    await client.ok("CREATE again")
    first = provider.mailbox.folders["again"].uidvalidity
    await client.ok("DELETE again")
    await client.ok("CREATE again")
    assert provider.mailbox.folders["again"].uidvalidity > first


async def test_rename_takes_children_and_messages_along(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE a/b/c")
    await client.ok("COPY 1 a/b/c")
    await client.ok("RENAME a/b x/y")
    assert await client.ok('LIST "" "a*"') == [b'LIST (\\HasNoChildren) "/" a']
    assert await client.ok("STATUS x/y/c (MESSAGES UIDNEXT)") == [
        b"STATUS x/y/c (MESSAGES 1 UIDNEXT 2)"
    ]


async def test_rename_of_inbox_moves_its_messages(connect: Connect) -> None:
    client = await connect()
    await client.ok("RENAME INBOX old")
    assert client.untagged == [b"%d EXPUNGE" % number for number in (4, 3, 2, 1)]
    assert await client.ok("STATUS old (MESSAGES)") == [b"STATUS old (MESSAGES 4)"]
    assert await client.ok("STATUS INBOX (MESSAGES UIDNEXT)") == [
        b"STATUS INBOX (MESSAGES 0 UIDNEXT 5)"
    ]
