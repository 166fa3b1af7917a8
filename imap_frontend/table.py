"""The state machine as a table: command → states it may run in → handler → what may be told after.

RFC 9051 §3 and §6. ``printed`` shows it; handlers never look at the state themselves.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from imap_frontend import handlers
from imap_frontend.context import Context, Done, State

# Any: each handler takes the value of its own command; the table is keyed by that command's name.
Handler = Callable[[Context, Any], Awaitable[Done]]


class Tells(enum.Enum):
    """Which changes of the view may be told before the tagged answer (RFC 9051 §7.5.1).

    The RFC lets COPY tell an EXPUNGE; but c-client (alpine, PHP) says COPY 66 and then STORE 66 of
    the same number, which by then were the next customer's mail. So what has named numbers keeps
    them, until the client asks for news or names UIDs.
    """

    NOTHING = "nothing"  # the answer is not about the view as it was
    NUMBERS = "no EXPUNGE unless by UID"
    KEEPING = "no EXPUNGE unless by UID, nor with what follows"
    EVERYTHING = "everything"  # but for EXPUNGE while numbers are kept
    ASKED = "everything, and numbers are kept no more"


@dataclass(frozen=True, slots=True)
class Rule:
    states: frozenset[State]
    handler: Handler
    tells: Tells = Tells.EVERYTHING
    has_target: bool = False  # NoSuchView is about where something should go: TRYCREATE
    is_patient: bool = False  # the client knows that it takes its time: no sign of life needed


BEFORE = frozenset({State.NOT_AUTHENTICATED})
AFTER = frozenset({State.AUTHENTICATED, State.SELECTED})
SELECTED = frozenset({State.SELECTED})
ANY = BEFORE | AFTER

TABLE: dict[str, Rule] = {
    # any state (§6.1)
    "CAPABILITY": Rule(ANY, handlers.capability),
    "NOOP": Rule(ANY, handlers.noop, Tells.ASKED),
    "LOGOUT": Rule(ANY, handlers.logout, Tells.NOTHING),
    "ID": Rule(ANY, handlers.identify),
    # not authenticated (§6.2)
    "STARTTLS": Rule(BEFORE, handlers.starttls),
    "AUTHENTICATE": Rule(BEFORE, handlers.authenticate),
    "LOGIN": Rule(BEFORE, handlers.login),
    # authenticated (§6.3)
    "ENABLE": Rule(AFTER, handlers.enable),
    "SELECT": Rule(AFTER, handlers.select, Tells.NOTHING),
    "EXAMINE": Rule(AFTER, handlers.select, Tells.NOTHING),
    "CREATE": Rule(AFTER, handlers.create),
    "DELETE": Rule(AFTER, handlers.delete),
    "RENAME": Rule(AFTER, handlers.rename),
    "SUBSCRIBE": Rule(AFTER, handlers.subscribe),
    "UNSUBSCRIBE": Rule(AFTER, handlers.unsubscribe),
    "LIST": Rule(AFTER, handlers.list_views),
    "LSUB": Rule(AFTER, handlers.lsub),
    "NAMESPACE": Rule(AFTER, handlers.namespace),
    "STATUS": Rule(AFTER, handlers.status),
    "APPEND": Rule(AFTER, handlers.append, Tells.KEEPING, has_target=True),
    "IDLE": Rule(AFTER, handlers.idle, Tells.ASKED, is_patient=True),
    "MYRIGHTS": Rule(AFTER, handlers.my_rights),
    "GETACL": Rule(AFTER, handlers.get_acl),
    "LISTRIGHTS": Rule(AFTER, handlers.list_rights),
    "SETACL": Rule(AFTER, handlers.set_acl),
    "DELETEACL": Rule(AFTER, handlers.set_acl),
    "GETQUOTA": Rule(AFTER, handlers.get_quota),
    "GETQUOTAROOT": Rule(AFTER, handlers.get_quota_root),
    "SETQUOTA": Rule(AFTER, handlers.set_quota),
    "GETMETADATA": Rule(AFTER, handlers.get_metadata),
    "SETMETADATA": Rule(AFTER, handlers.set_metadata),
    "COMPRESS": Rule(AFTER, handlers.compress),
    "NOTIFY": Rule(AFTER, handlers.notify),
    # selected (§6.4)
    "CHECK": Rule(SELECTED, handlers.check, Tells.ASKED),
    "CLOSE": Rule(SELECTED, handlers.close, Tells.NOTHING),
    "UNSELECT": Rule(SELECTED, handlers.unselect, Tells.NOTHING),
    "EXPUNGE": Rule(SELECTED, handlers.expunge, Tells.ASKED),
    "SEARCH": Rule(SELECTED, handlers.search, Tells.NUMBERS),
    "SORT": Rule(SELECTED, handlers.sort, Tells.NUMBERS),
    "THREAD": Rule(SELECTED, handlers.thread, Tells.NUMBERS),
    "FETCH": Rule(SELECTED, handlers.fetch, Tells.NUMBERS),
    "STORE": Rule(SELECTED, handlers.store, Tells.NUMBERS),
    "COPY": Rule(SELECTED, handlers.copy, Tells.KEEPING, has_target=True),
    "MOVE": Rule(SELECTED, handlers.move, Tells.ASKED, has_target=True),
}


def printed() -> str:
    """The table for people."""
    states = (State.NOT_AUTHENTICATED, State.AUTHENTICATED, State.SELECTED)
    rows = [f"{'command':13}" + "".join(f"{state.value:19}" for state in states) + "may tell"]
    for name, rule in TABLE.items():
        marks = "".join(f"{'yes' if state in rule.states else '-':19}" for state in states)
        rows.append(f"{name:13}{marks}{rule.tells.value}")
    return "\n".join(rows)
