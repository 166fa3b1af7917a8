"""The table of commands: complete, obeyed in each state, and unmoved by nonsense."""

from __future__ import annotations

import random
import typing

import pytest

from proxyd.demo.commands import _RULES
from proxyd.demo.session import DemoState
from proxyd.imapwire.command import Command
from tests.demo.client import Client
from tests.demo.conftest import Connect

EXAMPLES = {
    "Capability": b"CAPABILITY",
    "Noop": b"NOOP",
    "Id": b'ID ("name" "x")',
    "StartTls": b"STARTTLS",
    "Authenticate": b"AUTHENTICATE X",
    "Login": b"LOGIN nobody {4+}\r\nnone",
    "Enable": b"ENABLE X",
    "Namespace": b"NAMESPACE",
    "Select": b"SELECT Drafts",
    "List": b'LIST (SUBSCRIBED) "" (% "a*") RETURN (CHILDREN STATUS (UNSEEN))',
    "Lsub": b'LSUB "" %',
    "Status": b"STATUS INBOX (MESSAGES SIZE)",
    "Create": b"CREATE &ZeVnLIqe-/x",
    "Delete": b"DELETE Junk",
    "Rename": b"RENAME Trash {3+}\r\nBin",
    "Subscribe": b"SUBSCRIBE Sent",
    "Unsubscribe": b"UNSUBSCRIBE Sent",
    "Append": b'APPEND Sent (\\Seen $x) "17-Jul-1996 02:44:25 -0700" {3+}\r\nx\r\n',
    "Check": b"CHECK",
    "Fetch": b"UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (To)]<0.9> ENVELOPE)",
    "Store": b"STORE 1:2 +FLAGS (\\Seen $y)",
    "Search": b'SEARCH OR (FROM "a" NOT SEEN) SINCE 1-Feb-1994',
    "Copy": b"UID COPY 1:2 Archive",
    "Move": b"MOVE 1 Archive",
    "Expunge": b"UID EXPUNGE 1:*",
    "Close": b"CLOSE",
    "Unselect": b"UNSELECT",
    "Idle": b"IDLE",
    "Logout": b"LOGOUT",
}


_INSERTED = [b"(", b")", b'"', b"*", b"\0", b"\xff", b"%", b"9" * 30]


_EXTENSIONS = [
    *(b"NOTIFY NONE", b"SORT (DATE) UTF-8 ALL", b"UID THREAD REFERENCES UTF-8 ALL", b"MYRIGHTS x"),
    *(b"COMPRESS DEFLATE", b"GETQUOTAROOT x", b"GETMETADATA x /shared/comment", b"GETACL x"),
]
# Parts of extensions in commands that are known here.
_EXTENDED = [
    *(b"FETCH 1 FLAGS (CHANGEDSINCE 1)", b"FETCH 1 MODSEQ", b"FETCH 1 PREVIEW", b"FETCH $ FLAGS"),
    *(b"FETCH 1 BINARY[1]", b"SEARCH MODSEQ 1", b"SEARCH OR SEEN $", b"SEARCH EMAILID x"),
    *(b"SEARCH RETURN (SAVE) ALL", b"STATUS INBOX (HIGHESTMODSEQ)", b"UID EXPUNGE $"),
    *(b"STORE 1 (UNCHANGEDSINCE 1) +FLAGS ($x)", b"SELECT INBOX (CONDSTORE)"),
    *(b"APPEND Sent {1+}\r\nx {1+}\r\ny", b"APPEND Sent CATENATE (URL /x)"),
    *(b"APPEND Sent UTF8 (~{1+}\r\nx)", b"CREATE x (USE (\\Sent))"),
    b'LIST "" * RETURN (MYRIGHTS)',
]


def test_the_table_has_commands_of_the_grammar_only() -> None:
    assert set(_RULES) < set(typing.get_args(Command))
    assert {kind.__name__ for kind in _RULES} == set(EXAMPLES)


@pytest.mark.parametrize("octets", _EXTENSIONS)
async def test_extensions_are_unknown(connect: Connect, octets: bytes) -> None:
    client = await connect()
    assert await client.command(octets) == b"BAD Unknown command"


@pytest.mark.parametrize("octets", _EXTENDED)
async def test_parts_of_extensions_are_refused(connect: Connect, octets: bytes) -> None:
    client = await connect()
    assert (await client.command(octets)).startswith(b"BAD")
    assert (await client.command(b"NOOP")).startswith(b"OK")


@pytest.mark.parametrize(
    "kind", [kind for kind in _RULES if _RULES[kind].needs > DemoState.GREETED]
)
async def test_a_command_before_its_state_is_bad(connect: Connect, kind: type) -> None:
    rule, octets = _RULES[kind], EXAMPLES[kind.__name__]
    if rule.needs is DemoState.SIGNED_IN:
        client = await connect(None)
        stranger = await Client.connect(client.port)
        assert await stranger.command(octets) == b"BAD Sign in first"
        await stranger.close()
    else:
        client = await connect(None)
        assert await client.command(octets) == b"BAD Select a mailbox first"


@pytest.mark.parametrize("kind", [k for k in _RULES if k.__name__ not in ("Idle", "Logout")])
async def test_a_command_in_its_state_is_answered(connect: Connect, kind: type) -> None:
    client = await connect()
    answer = await client.command(EXAMPLES[kind.__name__])
    refused = kind.__name__ in ("StartTls", "Authenticate", "Login")
    assert answer.startswith(b"OK") is not refused
    await client.ok("NOOP")


@pytest.mark.parametrize("select", ["INBOX", None])
@pytest.mark.parametrize("seed", range(4))
async def test_mutated_commands_never_silence_the_server(
    connect: Connect, seed: int, select: str | None
) -> None:
    source = random.Random(seed)
    client = await connect(select)
    for _ in range(150):
        octets = _mutated(source, source.choice([*EXAMPLES.values()]))
        try:
            client.send(b"x " + octets + b"\r\nDONE\r\nxx\r\n")  # ends IDLE, AUTHENTICATE, literals
            await client.ok("NOOP")
        except (AssertionError, ConnectionError):  # the server said BYE: it must take the next one
            await client.close()
            client = await connect(select)
    await (await connect()).ok("NOOP")


def _mutated(source: random.Random, octets: bytes) -> bytes:
    changed = bytearray(octets)
    for _ in range(source.randrange(1, 4)):
        at = source.randrange(len(changed) + 1)
        action = source.randrange(3)
        if action == 0:
            del changed[at : at + source.randrange(1, 4)]
        elif action == 1:
            changed[at:at] = source.choice(
                [b"(", b")", b'"', b"*", b"\0", b"\xff", b"%", b"9" * 30]
            )
        else:
            changed[at : at + 1] = bytes([source.randrange(256)])
    # Numbers of literals stay small, so that no command waits for what never comes.
    return bytes(changed).replace(b"{", b"(")
