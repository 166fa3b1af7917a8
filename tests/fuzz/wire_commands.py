"""Draws whole commands: the octets of a client, and the value that must be read from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import wire_extensions as extensions
import wire_folders as folders
import wire_messages as messages
from hypothesis import strategies as st
from wire_words import Words, Written

from proxyd.imapwire import command as imap
from proxyd.imapwire.command.bare import BARE


def _bare(value: Any) -> Callable[[Words], Written[Any]]:
    return lambda _words: (b"", value)


# Each command of the grammar, under its name in front of which may stand "UID ".
COMMANDS: dict[str, Callable[[Words], Written[Any]]] = {
    **{name: _bare(value) for name, value in BARE.items()},
    "AUTHENTICATE": folders.authenticate,
    "LOGIN": folders.login,
    "ID": folders.identify,
    "ENABLE": folders.enable,
    "COMPRESS": folders.compress,
    "SELECT": partial(folders.select, read_only=False),
    "EXAMINE": partial(folders.select, read_only=True),
    "CREATE": folders.create,
    "DELETE": folders.one_mailbox(imap.Delete),
    "SUBSCRIBE": folders.one_mailbox(imap.Subscribe),
    "UNSUBSCRIBE": folders.one_mailbox(imap.Unsubscribe),
    "RENAME": folders.two_mailboxes,
    "LIST": folders.listing,
    "LSUB": folders.lsub,
    "STATUS": folders.status,
    "APPEND": messages.append,
    **{
        prefix + name: partial(draw, uid=bool(prefix))
        for prefix in ("", "UID ")
        for name, draw in {
            "FETCH": messages.fetch,
            "STORE": messages.store,
            "COPY": partial(messages.copy, make=imap.Copy),
            "MOVE": partial(messages.copy, make=imap.Move),
            "EXPUNGE": messages.expunge,
            "SEARCH": messages.search,
            "SORT": messages.sort,
            "THREAD": messages.thread,
        }.items()
    },
    "GETACL": folders.one_mailbox(imap.GetAcl),
    "MYRIGHTS": folders.one_mailbox(imap.MyRights),
    "SETACL": extensions.set_acl,
    "DELETEACL": extensions.who(imap.DeleteAcl),
    "LISTRIGHTS": extensions.who(imap.ListRights),
    "GETQUOTA": extensions.get_quota,
    "GETQUOTAROOT": folders.one_mailbox(imap.GetQuotaRoot),
    "SETQUOTA": extensions.set_quota,
    "GETMETADATA": extensions.get_metadata,
    "SETMETADATA": extensions.set_metadata,
    "NOTIFY": extensions.notify,
}


@st.composite
def commands(draw: st.DrawFn, name: str | None = None) -> tuple[bytes, bool, imap.Tagged]:
    """A command with its line end, whether UTF-8 was enabled, and what it is."""
    utf8 = draw(st.booleans())
    words = Words(draw, utf8=utf8)
    chosen = name or draw(st.sampled_from(sorted(COMMANDS)))
    arguments, value = COMMANDS[chosen](words)
    tag = draw(st.sampled_from([b"a1", b"T.9", b"]"]))
    head = tag + b" " + words.word(chosen)
    wire = (head + b" " + arguments if arguments else head) + b"\r\n"
    return wire, utf8, imap.Tagged(tag, chosen.rpartition(" ")[2], value)
