"""Commands as values: one file per command, and the table of them all.

``parse_command`` turns a Frame into a Tagged command or raises BadSyntax, with the tag where it
could be read. A command that parses may still be refused: what is announced, permitted or possible
is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from proxyd.imapwire.command import (
    append,
    authenticate,
    bare,
    copy,
    enable,
    expunge,
    fetch,
    folders,
    id,
    list,
    login,
    lsub,
    search,
    select,
    status,
    store,
)
from proxyd.imapwire.command.append import Append
from proxyd.imapwire.command.authenticate import Authenticate, decode_base64
from proxyd.imapwire.command.bare import (
    Capability,
    Check,
    Close,
    Idle,
    Logout,
    Namespace,
    Noop,
    StartTls,
    Unselect,
)
from proxyd.imapwire.command.copy import Copy, Move
from proxyd.imapwire.command.enable import Enable
from proxyd.imapwire.command.expunge import Expunge
from proxyd.imapwire.command.fetch import Fetch
from proxyd.imapwire.command.folders import Create, Delete, Rename, Subscribe, Unsubscribe
from proxyd.imapwire.command.id import Id
from proxyd.imapwire.command.list import List
from proxyd.imapwire.command.login import Login
from proxyd.imapwire.command.lsub import Lsub
from proxyd.imapwire.command.search import Search
from proxyd.imapwire.command.select import Select
from proxyd.imapwire.command.status import Status
from proxyd.imapwire.command.store import Store
from proxyd.imapwire.errors import BadSyntax, UnknownCommand
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.framer import TAG
from proxyd.imapwire.tokens import Cursor

Command = (
    bare.Bare
    | Append
    | Authenticate
    | Copy
    | Create
    | Delete
    | Enable
    | Expunge
    | Fetch
    | Id
    | List
    | Login
    | Lsub
    | Move
    | Rename
    | Search
    | Select
    | Status
    | Store
    | Subscribe
    | Unsubscribe
)

_PARSERS: dict[str, Callable[[Cursor], Command]] = {
    **{name: partial(bare.parse, name=name) for name in bare.BARE},
    "AUTHENTICATE": authenticate.parse,
    "LOGIN": login.parse,
    "ID": id.parse,
    "ENABLE": enable.parse,
    "SELECT": partial(select.parse, read_only=False),
    "EXAMINE": partial(select.parse, read_only=True),
    "CREATE": partial(folders.parse_one, make=Create),
    "DELETE": partial(folders.parse_one, make=Delete),
    "SUBSCRIBE": partial(folders.parse_one, make=Subscribe),
    "UNSUBSCRIBE": partial(folders.parse_one, make=Unsubscribe),
    "RENAME": folders.parse_rename,
    "LIST": list.parse,
    "LSUB": lsub.parse,
    "STATUS": status.parse,
    "APPEND": append.parse,
    "EXPUNGE": expunge.parse,
    "SEARCH": partial(search.parse, uid=False),
    "FETCH": partial(fetch.parse, uid=False),
    "STORE": partial(store.parse, uid=False),
    "COPY": partial(copy.parse_copy, uid=False),
    "MOVE": partial(copy.parse_move, uid=False),
}
# uid = "UID" SP (copy / move / fetch / search / store / uid-expunge)
_UID_PARSERS: dict[str, Callable[[Cursor], Command]] = {
    "EXPUNGE": expunge.parse_uid,
    "SEARCH": partial(search.parse, uid=True),
    "FETCH": partial(fetch.parse, uid=True),
    "STORE": partial(store.parse, uid=True),
    "COPY": partial(copy.parse_copy, uid=True),
    "MOVE": partial(copy.parse_move, uid=True),
}

COMMAND_NAMES = frozenset(_PARSERS)

# command = tag SP (command-any / ...) ; names of commands and extensions are atoms
_HEAD = re.compile(rb"(" + TAG.pattern + rb") (?:([Uu][Ii][Dd]) )?([A-Za-z0-9.\-]+)")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A command with the tag its answer must carry. ``name`` is without UID: "FETCH"."""

    tag: bytes
    name: str
    command: Command


def parse_command(frame: Frame) -> Tagged:
    """Read a whole command. Raises BadSyntax, BadName, UnknownCommand."""
    first = frame.parts[0]
    head = _HEAD.match(first) if isinstance(first, bytes) else None
    if head is None:
        raise _headless(first if isinstance(first, bytes) else b"")
    tag, name = head[1], head[3].decode("ascii").upper()
    parser = (_UID_PARSERS if head[2] else _PARSERS).get(name)
    if parser is None:
        raise UnknownCommand("Unknown command", tag)
    cursor = Cursor(frame, head.end())
    try:
        command = parser(cursor)
        cursor.eol()
    except BadSyntax as bad:
        bad.tag = tag
        raise
    return Tagged(tag, name, command)


def _headless(first: bytes) -> BadSyntax:
    found = TAG.match(first)
    if found is None or first[found.end() : found.end() + 1] not in (b" ", b""):
        return BadSyntax("Missing tag")
    return BadSyntax("Missing command", found[0])


__all__ = [
    "COMMAND_NAMES",
    "Append",
    "Authenticate",
    "Capability",
    "Check",
    "Close",
    "Command",
    "Copy",
    "Create",
    "Delete",
    "Enable",
    "Expunge",
    "Fetch",
    "Id",
    "Idle",
    "List",
    "Login",
    "Logout",
    "Lsub",
    "Move",
    "Namespace",
    "Noop",
    "Rename",
    "Search",
    "Select",
    "StartTls",
    "Status",
    "Store",
    "Subscribe",
    "Tagged",
    "UnknownCommand",
    "Unselect",
    "Unsubscribe",
    "decode_base64",
    "parse_command",
]
