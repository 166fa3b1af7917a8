"""What a question to the access log asks for, as conditions of SQL.

Must never leave the choice of the index to chance: SQLite knows nothing of what is frequent, and
"copy" or a mailbox may be half of the log, while a person, an address or a mail never is. Of all
that is asked, one condition gets its index, the narrowest; the others are looked at in its rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, func, select, text, union_all

from proxyd.domain.events import OF_ACCOUNTS, OF_CONVERSATION, Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.store.log_text import visible
from proxyd.store.schema import log

_OK = "ok"
_Condition = ColumnElement[bool] | TextClause


def where(select_: Select[*tuple[Any, ...]], query: LogQuery) -> Select[*tuple[Any, ...]]:
    """All but a network, which has to look at the addresses that there are."""
    equal, narrow = _equal(query)
    for condition in (*equal, *_others(query), *_between(query, alone=not narrow)):
        select_ = select_.where(condition)
    return select_


def is_network(address: str | None) -> bool:
    return address is not None and "/" in address


def _equal(query: LogQuery) -> tuple[list[_Condition], bool]:
    """The narrowest first; only that one may use its index. And whether there is one."""
    found: list[_Condition] = []
    if query.message_id is not None:
        found.append(_concerns(visible(query.message_id)))
    if query.conversation is not None:
        found.append(log.c.conversation == query.conversation)
    narrow = bool(found)
    asked: list[tuple[ColumnElement[str], str | None]] = [
        (log.c.actor, query.actor),
        (log.c.address, None if is_network(query.address) else query.address),
        (log.c.outcome, query.outcome),
        (log.c.action, query.action),
        (log.c.mailbox, query.mailbox),
        (log.c.subject_digest, query.subject_digest),
    ]
    for column, value in asked:
        if value is None:
            continue
        is_broad = column is log.c.outcome and value == _OK
        if column is log.c.outcome and not narrow and not is_broad:
            # Said literally, so that SQLite sees that its index has all of them.
            found.append(text("log.outcome <> 'ok'"))
        if column is log.c.action and value == Action.LOGIN and query.actor is not None:
            # Literally too: a person's sign-ins have an index of their own.
            found.append(text(f"log.action = '{Action.LOGIN}'"))
            continue
        told = column.concat("") if narrow or is_broad else column
        found.append(told == visible(value))
        narrow = narrow or not is_broad
    return found, narrow


def _others(query: LogQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    action = log.c.action.concat("")
    if query.actions:
        found.append(action.in_(query.actions))
    if query.not_actions:
        found.append(action.not_in(query.not_actions))
    if query.client is not None:
        part = visible(query.client).lower()
        found.append(func.instr(func.lower(log.c.client), part) > 0)
    if query.accounts_only:
        found.append(action.in_(OF_ACCOUNTS))
        found += [log.c.message_id.concat("") == "", log.c.view == ""]
        found.append((log.c.conversation + 0).is_(None))
    return found


def _between(query: LogQuery, *, alone: bool) -> list[ColumnElement[bool]]:
    """``alone``: nothing else is asked for, so that the index of times may have its say; where
    numbers are given it has no more.
    """
    found: list[ColumnElement[bool]] = []
    at_us = log.c.at_us if alone and query.before_number is None else log.c.at_us + 0
    if query.since_us is not None:
        found.append(at_us >= query.since_us)
    if query.until_us is not None:
        found.append(at_us < query.until_us)
    if query.after_number:
        found.append(log.c.number > query.after_number)
    if query.before_number is not None:
        found.append(log.c.number < query.before_number)
    return found


def _concerns(message_id: str) -> ColumnElement[bool]:
    """Each half finds its rows by an index; an OR of the two could make SQLite read the log."""
    own = select(log.c.number).where(log.c.message_id == message_id)
    conversations = (
        select(log.c.conversation)
        .where(log.c.message_id == message_id, log.c.conversation.is_not(None))
        .distinct()
    )
    # With "" appended no index of actions fits: these kinds may be half of the log, while a
    # conversation is a few records.
    action = log.c.action.concat("")
    around = select(log.c.number).where(
        log.c.conversation.in_(conversations), action.in_(OF_CONVERSATION)
    )
    return log.c.number.in_(union_all(own, around))
