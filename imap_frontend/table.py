"""The state machine as a table: command → states it may run in → handler → what may be told after.

RFC 9051 §3 and §6. ``printed`` shows it; handlers never look at the state themselves.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from imap_frontend import handlers
from imap_frontend.context import ConnectionState, Context, Done

# Any: each handler takes the value of its own command; the table is keyed by that command's name.
Handler = Callable[[Context, Any], Awaitable[Done]]


class Tells(enum.Enum):
    """Which changes of the view may be told before the tagged answer (RFC 9051 §7.5.1).

    The RFC lets COPY tell an EXPUNGE; but c-client (alpine, PHP) says COPY 66 and then STORE 66 of
    the same number, which by then were the next customer's mail. So what has named numbers keeps
    them, until the client asks for news or names UIDs. UID COPY too: neomutt 20250510 forgets what
    it was about to delete when it hears an EXPUNGE between two of them, and the moved mails stay.
    """

    NOTHING = "nothing"  # the answer is not about the view as it was
    NUMBERS = "no EXPUNGE unless by UID"
    KEEPING = "no EXPUNGE, nor with what follows by number"
    EVERYTHING = "everything"  # but for EXPUNGE while numbers are kept
    ASKED = "everything, and numbers are kept no more"


@dataclass(frozen=True, slots=True)
class CommandRule:
    states: frozenset[ConnectionState]
    handler: Handler
    tells: Tells = Tells.EVERYTHING
    has_target: bool = False  # NoSuchView is about where something should go: TRYCREATE
    is_patient: bool = False  # the client knows that it takes its time: no sign of life needed


BEFORE = frozenset({ConnectionState.NOT_AUTHENTICATED})
AFTER = frozenset({ConnectionState.AUTHENTICATED, ConnectionState.SELECTED})
SELECTED = frozenset({ConnectionState.SELECTED})
ANY = BEFORE | AFTER

TABLE: dict[str, CommandRule] = {
    # any state (§6.1)
    "CAPABILITY": CommandRule(ANY, handlers.capability),
    "NOOP": CommandRule(ANY, handlers.noop, Tells.ASKED),
    "LOGOUT": CommandRule(ANY, handlers.logout, Tells.NOTHING),
    "ID": CommandRule(ANY, handlers.identify),
    # not authenticated (§6.2)
    "STARTTLS": CommandRule(BEFORE, handlers.starttls),
    "AUTHENTICATE": CommandRule(BEFORE, handlers.authenticate),
    "LOGIN": CommandRule(BEFORE, handlers.login),
    # authenticated (§6.3)
    "ENABLE": CommandRule(AFTER, handlers.enable),
    "SELECT": CommandRule(AFTER, handlers.select, Tells.NOTHING),
    "EXAMINE": CommandRule(AFTER, handlers.select, Tells.NOTHING),
    "CREATE": CommandRule(AFTER, handlers.create),
    "DELETE": CommandRule(AFTER, handlers.delete),
    "RENAME": CommandRule(AFTER, handlers.rename),
    "SUBSCRIBE": CommandRule(AFTER, handlers.subscribe),
    "UNSUBSCRIBE": CommandRule(AFTER, handlers.unsubscribe),
    "LIST": CommandRule(AFTER, handlers.list_views),
    "LSUB": CommandRule(AFTER, handlers.lsub),
    "NAMESPACE": CommandRule(AFTER, handlers.namespace),
    "STATUS": CommandRule(AFTER, handlers.status),
    "APPEND": CommandRule(AFTER, handlers.append, Tells.KEEPING, has_target=True),
    "IDLE": CommandRule(AFTER, handlers.idle, Tells.ASKED, is_patient=True),
    "MYRIGHTS": CommandRule(AFTER, handlers.my_rights),
    "GETACL": CommandRule(AFTER, handlers.get_acl),
    "LISTRIGHTS": CommandRule(AFTER, handlers.list_rights),
    "SETACL": CommandRule(AFTER, handlers.set_acl),
    "DELETEACL": CommandRule(AFTER, handlers.set_acl),
    "GETQUOTA": CommandRule(AFTER, handlers.get_quota),
    "GETQUOTAROOT": CommandRule(AFTER, handlers.get_quota_root),
    "SETQUOTA": CommandRule(AFTER, handlers.set_quota),
    "GETMETADATA": CommandRule(AFTER, handlers.get_metadata),
    "SETMETADATA": CommandRule(AFTER, handlers.set_metadata),
    "COMPRESS": CommandRule(AFTER, handlers.compress),
    "NOTIFY": CommandRule(AFTER, handlers.notify),
    # selected (§6.4)
    "CHECK": CommandRule(SELECTED, handlers.check, Tells.ASKED),
    "CLOSE": CommandRule(SELECTED, handlers.close, Tells.NOTHING),
    "UNSELECT": CommandRule(SELECTED, handlers.unselect, Tells.NOTHING),
    "EXPUNGE": CommandRule(SELECTED, handlers.expunge, Tells.ASKED),
    "SEARCH": CommandRule(SELECTED, handlers.search, Tells.NUMBERS),
    "SORT": CommandRule(SELECTED, handlers.sort, Tells.NUMBERS),
    "THREAD": CommandRule(SELECTED, handlers.thread, Tells.NUMBERS),
    "FETCH": CommandRule(SELECTED, handlers.fetch, Tells.NUMBERS),
    "STORE": CommandRule(SELECTED, handlers.store, Tells.NUMBERS),
    "COPY": CommandRule(SELECTED, handlers.copy, Tells.KEEPING, has_target=True),
    "MOVE": CommandRule(SELECTED, handlers.move, Tells.ASKED, has_target=True),
}


def printed() -> str:
    """The table for people."""
    states = (
        ConnectionState.NOT_AUTHENTICATED,
        ConnectionState.AUTHENTICATED,
        ConnectionState.SELECTED,
    )
    rows = [f"{'command':13}" + "".join(f"{state.value:19}" for state in states) + "may tell"]
    for name, rule in TABLE.items():
        marks = "".join(f"{'yes' if state in rule.states else '-':19}" for state in states)
        rows.append(f"{name:13}{marks}{rule.tells.value}")
    return "\n".join(rows)
