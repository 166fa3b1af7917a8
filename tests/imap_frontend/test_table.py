"""Each command in each state: exactly those of the table run, the others get BAD."""

from __future__ import annotations

import pytest

from imap_frontend.context import ConnectionState
from imap_frontend.table import TABLE, Tells, printed
from proxyd.imapwire.command import COMMAND_NAMES
from proxyd.service.api.quota import QuotaRoot

# One well-formed example each; by UID where there is such a form.
EXAMPLES = {
    "CAPABILITY": ["CAPABILITY"],
    "NOOP": ["NOOP"],
    "LOGOUT": ["LOGOUT"],
    "ID": ["ID NIL"],
    "STARTTLS": ["STARTTLS"],
    "AUTHENTICATE": ["AUTHENTICATE PLAIN AGFubmEAc2VjcmV0"],
    "LOGIN": ["LOGIN anna secret"],
    "ENABLE": ["ENABLE UTF8=ACCEPT"],
    "SELECT": ["SELECT INBOX"],
    "EXAMINE": ["EXAMINE INBOX"],
    "CREATE": ["CREATE New"],
    "DELETE": ["DELETE Junk"],
    "RENAME": ["RENAME Junk New"],
    "SUBSCRIBE": ["SUBSCRIBE Junk"],
    "UNSUBSCRIBE": ["UNSUBSCRIBE Junk"],
    "LIST": ['LIST "" *'],
    "LSUB": ['LSUB "" *'],
    "NAMESPACE": ["NAMESPACE"],
    "STATUS": ["STATUS INBOX (MESSAGES)"],
    "APPEND": ["APPEND Junk {1+}\r\nx"],
    "IDLE": ["IDLE\r\nDONE"],
    "MYRIGHTS": ["MYRIGHTS INBOX"],
    "GETACL": ["GETACL INBOX"],
    "LISTRIGHTS": ["LISTRIGHTS INBOX anna"],
    "SETACL": ["SETACL INBOX anna lr"],
    "DELETEACL": ["DELETEACL INBOX anna"],
    "GETQUOTA": ["GETQUOTA support"],
    "GETQUOTAROOT": ["GETQUOTAROOT INBOX"],
    "SETQUOTA": ["SETQUOTA support (STORAGE 5)"],
    "GETMETADATA": ["GETMETADATA INBOX /private/comment"],
    "SETMETADATA": ['SETMETADATA INBOX (/private/comment "x")'],
    "COMPRESS": ["COMPRESS DEFLATE"],
    "NOTIFY": ["NOTIFY NONE", "NOTIFY SET (SELECTED (MessageNew MessageExpunge))"],
    "CHECK": ["CHECK"],
    "CLOSE": ["CLOSE"],
    "UNSELECT": ["UNSELECT"],
    "EXPUNGE": ["EXPUNGE", "UID EXPUNGE 1:*"],
    "SEARCH": ["SEARCH ALL", "UID SEARCH ALL"],
    "FETCH": ["FETCH 1 FLAGS", "UID FETCH 1:* BODY.PEEK[]"],
    "SORT": ["SORT (DATE) UTF-8 ALL", "UID SORT (DATE) UTF-8 ALL"],
    "THREAD": ["THREAD REFERENCES UTF-8 ALL", "UID THREAD REFERENCES UTF-8 ALL"],
    "STORE": ["STORE 1 FLAGS ()", "UID STORE 1:* +FLAGS.SILENT (\\Seen)"],
    "COPY": ["COPY 1 Junk", "UID COPY 1:* Junk"],
    "MOVE": ["MOVE 1 Junk", "UID MOVE 1:* Junk"],
}
ONLY_ADMINS = {"SETACL", "DELETEACL", "SETQUOTA"}  # refused to everybody, wherever they may run
STATES = (
    ConnectionState.NOT_AUTHENTICATED,
    ConnectionState.AUTHENTICATED,
    ConnectionState.SELECTED,
)
CASES = [(text, name, state) for name in EXAMPLES for text in EXAMPLES[name] for state in STATES]


@pytest.mark.parametrize(("text", "name", "state"), CASES, ids=str)
async def test_each_command_in_each_state(world, connect, text, name, state):
    world.quotas = [QuotaRoot("support", ())]
    client = connect(secure=name != "STARTTLS", peer="127.0.0.1")
    await client.settle()
    if state is not ConnectionState.NOT_AUTHENTICATED:
        await client.login()
    if state is ConnectionState.SELECTED:
        await client.select()
    client.said()
    said = await client.send(b"x " + text.encode() + b"\r\n")
    allowed = state in TABLE[name].states
    answer = b"x NO [NOPERM]" if name in ONLY_ADMINS else b"x OK"
    assert (answer in said) is allowed, said
    assert (b"x BAD Not possible while " + state.value.encode() in said) is not allowed, said


def test_every_command_of_the_grammar_has_a_row_and_an_example() -> None:
    assert set(TABLE) == set(COMMAND_NAMES) == set(EXAMPLES)


def test_expunge_is_held_back_for_exactly_the_commands_of_the_rfcs() -> None:
    """RFC 9051 §7.5.1."""
    held = {name for name, rule in TABLE.items() if rule.tells is Tells.NUMBERS}
    # SORT and THREAD count like SEARCH (RFC 5256 §3).
    assert held == {"FETCH", "STORE", "SEARCH", "SORT", "THREAD"}


def test_the_table_can_be_printed() -> None:
    lines = printed().splitlines()
    assert len(lines) == len(TABLE) + 1
    assert lines[0].split()[:3] == ["command", "not", "authenticated"]
    login = next(line for line in lines if line.startswith("LOGIN"))
    assert login.split() == ["LOGIN", "yes", "-", "-", "everything"]
