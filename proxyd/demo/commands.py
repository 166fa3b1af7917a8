"""The table of commands: who answers each, in which state it is allowed, what may follow it."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from proxyd.demo import folder_commands, message_commands, session_commands
from proxyd.demo.session import DemoRefusal, DemoSession, DemoState, Invalid
from proxyd.imapwire import command as imap
from proxyd.imapwire.command import Tagged

Handler = Callable[[DemoSession, Any], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class DemoRule:
    handler: Handler
    needs: DemoState


_RULES: dict[type, DemoRule] = {
    imap.Capability: DemoRule(session_commands.capability, DemoState.GREETED),
    imap.Noop: DemoRule(session_commands.noop, DemoState.GREETED),
    imap.Logout: DemoRule(session_commands.logout, DemoState.GREETED),
    imap.Id: DemoRule(session_commands.identify, DemoState.GREETED),
    imap.StartTls: DemoRule(session_commands.start_tls, DemoState.GREETED),
    imap.Login: DemoRule(session_commands.login, DemoState.GREETED),
    imap.Authenticate: DemoRule(session_commands.authenticate, DemoState.GREETED),
    imap.Enable: DemoRule(session_commands.enable, DemoState.SIGNED_IN),
    imap.Namespace: DemoRule(session_commands.namespace, DemoState.SIGNED_IN),
    imap.Idle: DemoRule(session_commands.idle, DemoState.SIGNED_IN),
    imap.Select: DemoRule(folder_commands.select, DemoState.SIGNED_IN),
    imap.List: DemoRule(folder_commands.list_folders, DemoState.SIGNED_IN),
    imap.Lsub: DemoRule(folder_commands.list_subscribed, DemoState.SIGNED_IN),
    imap.Status: DemoRule(folder_commands.status, DemoState.SIGNED_IN),
    imap.Create: DemoRule(folder_commands.create, DemoState.SIGNED_IN),
    imap.Delete: DemoRule(folder_commands.delete, DemoState.SIGNED_IN),
    imap.Rename: DemoRule(folder_commands.rename, DemoState.SIGNED_IN),
    imap.Subscribe: DemoRule(folder_commands.subscribe, DemoState.SIGNED_IN),
    imap.Unsubscribe: DemoRule(folder_commands.unsubscribe, DemoState.SIGNED_IN),
    imap.Append: DemoRule(message_commands.append, DemoState.SIGNED_IN),
    imap.Check: DemoRule(session_commands.noop, DemoState.SELECTED),
    imap.Close: DemoRule(folder_commands.close, DemoState.SELECTED),
    imap.Unselect: DemoRule(folder_commands.unselect, DemoState.SELECTED),
    imap.Fetch: DemoRule(message_commands.fetch, DemoState.SELECTED),
    imap.Store: DemoRule(message_commands.store, DemoState.SELECTED),
    imap.Search: DemoRule(message_commands.search, DemoState.SELECTED),
    imap.Copy: DemoRule(message_commands.copy, DemoState.SELECTED),
    imap.Move: DemoRule(message_commands.move, DemoState.SELECTED),
    imap.Expunge: DemoRule(message_commands.expunge, DemoState.SELECTED),
}
# RFC 9051 §7.5.1: no EXPUNGE may be sent in answer to these, because they use sequence numbers.
_NUMBERED = (imap.Fetch, imap.Store, imap.Search)


async def execute(session: DemoSession, tagged: Tagged) -> None:
    """Answer one command completely."""
    session.tag = tagged.tag
    word, text = await _outcome(session, tagged)
    numbered = isinstance(tagged.command, _NUMBERED) and not tagged.command.uid
    session.catch_up(expunge=not numbered)
    session.line.write(b"%b %b %b\r\n" % (tagged.tag, word, text.encode("ascii")))


async def _outcome(session: DemoSession, tagged: Tagged) -> tuple[bytes, str]:
    rule = _RULES.get(type(tagged.command))
    if rule is None:  # the grammar has more than this server needs
        return b"BAD", "Unknown command"
    if session.state < rule.needs:
        needed = "Sign in first" if not session.signed_in else "Select a mailbox first"
        return b"BAD", needed
    try:
        return b"OK", await rule.handler(session, tagged.command)
    except DemoRefusal as refusal:
        return b"NO", refusal.text
    except Invalid as invalid:
        return b"BAD", str(invalid)
    except sqlite3.Error as error:  # disk full and the like: nothing was changed
        return b"NO", f"[SERVERBUG] The demo data can't be read or written: {type(error).__name__}"
