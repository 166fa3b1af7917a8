"""The table of commands: who answers each, in which state it is allowed, what may follow it."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from proxyd.demo import folder_commands, message_commands, session_commands
from proxyd.demo.session import Invalid, Refusal, Session, State
from proxyd.imapwire import command as imap
from proxyd.imapwire.command import Tagged

Handler = Callable[[Session, Any], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    handler: Handler
    needs: State


_RULES: dict[type, Rule] = {
    imap.Capability: Rule(session_commands.capability, State.GREETED),
    imap.Noop: Rule(session_commands.noop, State.GREETED),
    imap.Logout: Rule(session_commands.logout, State.GREETED),
    imap.Id: Rule(session_commands.identify, State.GREETED),
    imap.StartTls: Rule(session_commands.start_tls, State.GREETED),
    imap.Login: Rule(session_commands.login, State.GREETED),
    imap.Authenticate: Rule(session_commands.authenticate, State.GREETED),
    imap.Enable: Rule(session_commands.enable, State.SIGNED_IN),
    imap.Namespace: Rule(session_commands.namespace, State.SIGNED_IN),
    imap.Idle: Rule(session_commands.idle, State.SIGNED_IN),
    imap.Select: Rule(folder_commands.select, State.SIGNED_IN),
    imap.List: Rule(folder_commands.list_folders, State.SIGNED_IN),
    imap.Lsub: Rule(folder_commands.list_subscribed, State.SIGNED_IN),
    imap.Status: Rule(folder_commands.status, State.SIGNED_IN),
    imap.Create: Rule(folder_commands.create, State.SIGNED_IN),
    imap.Delete: Rule(folder_commands.delete, State.SIGNED_IN),
    imap.Rename: Rule(folder_commands.rename, State.SIGNED_IN),
    imap.Subscribe: Rule(folder_commands.subscribe, State.SIGNED_IN),
    imap.Unsubscribe: Rule(folder_commands.unsubscribe, State.SIGNED_IN),
    imap.Append: Rule(message_commands.append, State.SIGNED_IN),
    imap.Check: Rule(session_commands.noop, State.SELECTED),
    imap.Close: Rule(folder_commands.close, State.SELECTED),
    imap.Unselect: Rule(folder_commands.unselect, State.SELECTED),
    imap.Fetch: Rule(message_commands.fetch, State.SELECTED),
    imap.Store: Rule(message_commands.store, State.SELECTED),
    imap.Search: Rule(message_commands.search, State.SELECTED),
    imap.Copy: Rule(message_commands.copy, State.SELECTED),
    imap.Move: Rule(message_commands.move, State.SELECTED),
    imap.Expunge: Rule(message_commands.expunge, State.SELECTED),
}
# RFC 9051 §7.5.1: no EXPUNGE may be sent in answer to these, because they use sequence numbers.
_NUMBERED = (imap.Fetch, imap.Store, imap.Search)


async def execute(session: Session, tagged: Tagged) -> None:
    """Answer one command completely."""
    session.tag = tagged.tag
    word, text = await _outcome(session, tagged)
    numbered = isinstance(tagged.command, _NUMBERED) and not tagged.command.uid
    session.catch_up(expunge=not numbered)
    session.line.write(b"%b %b %b\r\n" % (tagged.tag, word, text.encode("ascii")))


async def _outcome(session: Session, tagged: Tagged) -> tuple[bytes, str]:
    rule = _RULES.get(type(tagged.command))
    if rule is None:  # the grammar has more than this server needs
        return b"BAD", "Unknown command"
    if session.state < rule.needs:
        needed = "Sign in first" if not session.signed_in else "Select a mailbox first"
        return b"BAD", needed
    try:
        return b"OK", await rule.handler(session, tagged.command)
    except Refusal as refusal:
        return b"NO", refusal.text
    except Invalid as invalid:
        return b"BAD", str(invalid)
    except sqlite3.Error as error:  # disk full and the like: nothing was changed
        return b"NO", f"[SERVERBUG] The demo data can't be read or written: {type(error).__name__}"
