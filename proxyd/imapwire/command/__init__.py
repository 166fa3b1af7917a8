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
    acl,
    append,
    authenticate,
    bare,
    compress,
    copy,
    enable,
    expunge,
    fetch,
    folders,
    id,
    list,
    login,
    lsub,
    metadata,
    notify,
    quota,
    search,
    select,
    sort,
    status,
    store,
    thread,
)
from proxyd.imapwire.command.acl import DeleteAcl, GetAcl, ListRights, MyRights, SetAcl
from proxyd.imapwire.command.append import Append, AppendMessage, UrlPart
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
from proxyd.imapwire.command.compress import Compress
from proxyd.imapwire.command.copy import Copy, Move
from proxyd.imapwire.command.enable import Enable
from proxyd.imapwire.command.expunge import Expunge
from proxyd.imapwire.command.fetch import Fetch
from proxyd.imapwire.command.folders import Create, Delete, Rename, Subscribe, Unsubscribe
from proxyd.imapwire.command.id import Id
from proxyd.imapwire.command.list import List
from proxyd.imapwire.command.login import Login
from proxyd.imapwire.command.lsub import Lsub
from proxyd.imapwire.command.metadata import GetMetadata, SetMetadata
from proxyd.imapwire.command.notify import EventGroup, Notify, NotifyEvent
from proxyd.imapwire.command.quota import GetQuota, GetQuotaRoot, SetQuota
from proxyd.imapwire.command.search import Search
from proxyd.imapwire.command.select import QresyncParameter, Select
from proxyd.imapwire.command.sort import Sort, SortKey
from proxyd.imapwire.command.status import Status
from proxyd.imapwire.command.store import Store
from proxyd.imapwire.command.thread import Thread
from proxyd.imapwire.errors import BadSyntax, UnknownCommand
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.framer import TAG
from proxyd.imapwire.numset import SAVED_RESULT, NumSet, SavedResult
from proxyd.imapwire.tokens import Cursor

Command = (
    bare.Bare
    | Append
    | Authenticate
    | Compress
    | Copy
    | Create
    | Delete
    | DeleteAcl
    | Enable
    | Expunge
    | Fetch
    | GetAcl
    | GetMetadata
    | GetQuota
    | GetQuotaRoot
    | Id
    | List
    | ListRights
    | Login
    | Lsub
    | Move
    | MyRights
    | Notify
    | Rename
    | Search
    | Select
    | SetAcl
    | SetMetadata
    | SetQuota
    | Sort
    | Status
    | Store
    | Subscribe
    | Thread
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
    "CREATE": folders.parse_create,
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
    "SORT": partial(sort.parse, uid=False),
    "THREAD": partial(thread.parse, uid=False),
    "COMPRESS": compress.parse,
    "NOTIFY": notify.parse,
    "GETACL": acl.parse_get,
    "SETACL": acl.parse_set,
    "DELETEACL": acl.parse_delete,
    "LISTRIGHTS": acl.parse_list_rights,
    "MYRIGHTS": acl.parse_my_rights,
    "GETQUOTA": quota.parse_get,
    "GETQUOTAROOT": quota.parse_get_root,
    "SETQUOTA": quota.parse_set,
    "GETMETADATA": metadata.parse_get,
    "SETMETADATA": metadata.parse_set,
}
# uid = "UID" SP (copy / move / fetch / search / store / uid-expunge / sort / thread)
_UID_PARSERS: dict[str, Callable[[Cursor], Command]] = {
    "EXPUNGE": expunge.parse_uid,
    "SEARCH": partial(search.parse, uid=True),
    "FETCH": partial(fetch.parse, uid=True),
    "STORE": partial(store.parse, uid=True),
    "COPY": partial(copy.parse_copy, uid=True),
    "MOVE": partial(copy.parse_move, uid=True),
    "SORT": partial(sort.parse, uid=True),
    "THREAD": partial(thread.parse, uid=True),
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


def parse_command(frame: Frame, *, utf8: bool = False) -> Tagged:
    """Read a whole command. Raises BadSyntax, BadName, UnknownCommand.

    ``utf8``: the client enabled UTF8=ACCEPT or IMAP4rev2, so mailbox names are UTF-8.
    """
    first = frame.parts[0]
    head = _HEAD.match(first) if isinstance(first, bytes) else None
    if head is None:
        raise _headless(first if isinstance(first, bytes) else b"")
    tag, name = head[1], head[3].decode("ascii").upper()
    parser = (_UID_PARSERS if head[2] else _PARSERS).get(name)
    if parser is None:
        raise UnknownCommand("Unknown command", tag)
    cursor = Cursor(frame, head.end(), utf8=utf8)
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
    "SAVED_RESULT",
    "Append",
    "AppendMessage",
    "Authenticate",
    "Capability",
    "Check",
    "Close",
    "Command",
    "Compress",
    "Copy",
    "Create",
    "Delete",
    "DeleteAcl",
    "Enable",
    "EventGroup",
    "Expunge",
    "Fetch",
    "GetAcl",
    "GetMetadata",
    "GetQuota",
    "GetQuotaRoot",
    "Id",
    "Idle",
    "List",
    "ListRights",
    "Login",
    "Logout",
    "Lsub",
    "Move",
    "MyRights",
    "Namespace",
    "Noop",
    "Notify",
    "NotifyEvent",
    "NumSet",
    "QresyncParameter",
    "Rename",
    "SavedResult",
    "Search",
    "Select",
    "SetAcl",
    "SetMetadata",
    "SetQuota",
    "Sort",
    "SortKey",
    "StartTls",
    "Status",
    "Store",
    "Subscribe",
    "Tagged",
    "Thread",
    "UnknownCommand",
    "Unselect",
    "Unsubscribe",
    "UrlPart",
    "decode_base64",
    "parse_command",
]
