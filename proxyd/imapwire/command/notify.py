"""NOTIFY: which changes in which mailboxes a client wants to hear of (RFC 5465 §8).

What contradicts itself is refused here; an event that nobody knows is not: it is answered with
NO [BADEVENT] and the list of those that are known (§3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.command.fetch import MAX_ATTRIBUTES
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_attribute import FetchAttribute, read_attribute
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

# Each is kept for as long as the session lasts and looked through at every change.
MAX_GROUPS = 50
MAX_MAILBOXES = 1000  # of all groups together
MAX_EVENTS = 20  # of a group; RFC 5465 §5 knows eight

SELECTED_FILTERS = frozenset({"SELECTED", "SELECTED-DELAYED"})
_PLAIN_FILTERS = SELECTED_FILTERS | {"INBOXES", "PERSONAL", "SUBSCRIBED"}
_NAMED_FILTERS = frozenset({"SUBTREE", "MAILBOXES"})
_NOT_FOR_SELECTED = frozenset(
    {"MAILBOXNAME", "SUBSCRIPTIONCHANGE", "MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE"}
)
_BOTH = frozenset({"MESSAGENEW", "MESSAGEEXPUNGE"})
_NEED_BOTH = _BOTH | {"FLAGCHANGE", "ANNOTATIONCHANGE"}


@dataclass(frozen=True, slots=True)
class NotifyEvent:
    name: str  # upper case, any name: "MESSAGENEW"
    attributes: tuple[FetchAttribute, ...] = ()  # of MESSAGENEW in a selected mailbox


@dataclass(frozen=True, slots=True)
class EventGroup:
    filter: str  # SELECTED, SELECTED-DELAYED, INBOXES, PERSONAL, SUBSCRIBED, SUBTREE, MAILBOXES
    mailboxes: tuple[str, ...]  # of SUBTREE and MAILBOXES
    events: tuple[NotifyEvent, ...] | None  # None: NONE, nothing of these mailboxes


@dataclass(frozen=True, slots=True)
class Notify:
    status: bool  # SET STATUS: begin with a STATUS of each
    groups: tuple[EventGroup, ...] | None  # None: NOTIFY NONE


def parse(cursor: Cursor) -> Notify:
    """``"NOTIFY" SP ("NONE" / "SET" [SP "STATUS"] 1*(SP event-group))``."""
    cursor.sp()
    word = cursor.word()
    if word == "NONE":
        return Notify(status=False, groups=None)
    if word != "SET":
        raise BadSyntax("Expected SET or NONE")
    cursor.sp()
    status = cursor.peek() != b"("
    if status:
        if cursor.word() != "STATUS":
            raise BadSyntax("Expected STATUS or an event group")
        cursor.sp()
    groups = [_group(cursor)]
    while cursor.more():
        groups.append(_group(cursor))
    _check(groups)
    return Notify(status, tuple(groups))


def _check(groups: list[EventGroup]) -> None:
    named = sum(len(group.mailboxes) for group in groups)
    if len(groups) > MAX_GROUPS or named > MAX_MAILBOXES:
        raise BadSyntax("Too many event groups or mailboxes")
    if sum(group.filter in SELECTED_FILTERS for group in groups) > 1:
        raise BadSyntax("One event group at most can be for the selected mailbox")


def _group(cursor: Cursor) -> EventGroup:
    """``"(" filter-mailboxes SP events ")"``."""
    cursor.opening()
    kind = cursor.word()
    mailboxes: tuple[str, ...] = ()
    cursor.sp()
    if kind in _NAMED_FILTERS:
        mailboxes = _mailboxes(cursor)
        cursor.sp()
    elif kind not in _PLAIN_FILTERS:
        raise BadSyntax("Unknown mailbox filter")
    events = _events(cursor, selected=kind in SELECTED_FILTERS)
    cursor.closing()
    return EventGroup(kind, mailboxes, events)


def _mailboxes(cursor: Cursor) -> tuple[str, ...]:
    """``one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"``."""
    if cursor.peek() != b"(":
        return (read_name(cursor),)
    names = tuple(dict.fromkeys(cursor.parenthesized(lambda: read_name(cursor))))
    if not names:
        raise BadSyntax("Expected a mailbox")
    return names


def _events(cursor: Cursor, *, selected: bool) -> tuple[NotifyEvent, ...] | None:
    """``"NONE" / "(" event *(SP event) ")"``."""
    if cursor.peek() != b"(":
        if cursor.word() != "NONE":
            raise BadSyntax("Expected NONE or a list of events")
        return None
    events = _Events(cursor, selected=selected).read()
    if not 0 < len(events) <= MAX_EVENTS:
        raise BadSyntax("Wrong number of events")
    names = {event.name for event in events}
    if len(names) < len(events):
        raise BadSyntax("An event is given twice")
    if selected:
        _check_selected(names)
    return events


def _check_selected(names: set[str]) -> None:
    if names & _NOT_FOR_SELECTED:
        raise BadSyntax("The selected mailbox has message events only")
    # §8 says so of every mailbox, and §3.1 has an example without: only of the selected one could
    # a client that hears of the one and not of the other lose count.
    if names & _NEED_BOTH and not names >= _BOTH:
        raise BadSyntax("MessageNew and MessageExpunge must be given together")


class _Events:
    """Reads the events of one group: what stands behind a name depends on the name."""

    def __init__(self, cursor: Cursor, *, selected: bool) -> None:
        self._cursor = cursor
        self._selected = selected

    def read(self) -> tuple[NotifyEvent, ...]:
        cursor = self._cursor
        cursor.opening()
        events: list[NotifyEvent] = []
        while True:
            name = cursor.word()
            more = cursor.more()
            attributes: tuple[FetchAttribute, ...] = ()
            if more and cursor.peek() == b"(":
                attributes = self._attributes(name)
                more = cursor.more()
            events.append(NotifyEvent(name, attributes))
            if not more:
                cursor.closing()
                return tuple(events)

    def _attributes(self, name: str) -> tuple[FetchAttribute, ...]:
        """``"MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"]``, for the selected mailbox."""
        if name != "MESSAGENEW" or not self._selected:
            raise BadSyntax("Only MessageNew of the selected mailbox has FETCH attributes")
        listed = self._cursor.parenthesized(lambda: read_attribute(self._cursor))
        attributes = tuple(dict.fromkeys(listed))
        if not 0 < len(attributes) <= MAX_ATTRIBUTES:
            raise BadSyntax("Wrong number of FETCH attributes")
        return attributes
