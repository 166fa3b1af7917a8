"""Which events of which folders a client asked for with NOTIFY (RFC 5465 §5, §6). Pure.

A folder may be matched by several event groups: they are looked at in the client's order, the first
that names the event grants it, and a group of NONE ends the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imap_frontend.listing import INBOX
from proxyd.imapwire.command import EventGroup, NotifyEvent
from proxyd.service.api.folder_tree import DELIMITER, ViewInfo
from proxyd.service.api.following import Touch

MESSAGE_NEW, MESSAGE_EXPUNGE, FLAG_CHANGE = "MESSAGENEW", "MESSAGEEXPUNGE", "FLAGCHANGE"
MAILBOX_NAME, SUBSCRIPTION_CHANGE = "MAILBOXNAME", "SUBSCRIPTIONCHANGE"
MAILBOX_METADATA, SERVER_METADATA = "MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE"
# As RFC 5465 §8 spells them, for [BADEVENT (…)].
SUPPORTED = (
    *("MessageNew", "MessageExpunge", "FlagChange", "MailboxName", "SubscriptionChange"),
    *("MailboxMetadataChange", "ServerMetadataChange"),
)
_KNOWN = frozenset(name.upper() for name in SUPPORTED)
_TOUCHES = {
    Touch.ARRIVED: MESSAGE_NEW,
    Touch.GONE: MESSAGE_EXPUNGE,
    Touch.FLAGS: FLAG_CHANGE,
}
_SELECTED = frozenset({"SELECTED", "SELECTED-DELAYED"})


def events_of(touch: Touch) -> tuple[str, ...]:
    return tuple(name for bit, name in _TOUCHES.items() if bit & touch)


def unknown_events(groups: Iterable[EventGroup]) -> set[str]:
    return {event.name for group in groups for event in group.events or ()} - _KNOWN


@dataclass(frozen=True, slots=True)
class Wishes:
    """One NOTIFY SET. ``shared`` are the prefixes of what is not personal (NAMESPACE)."""

    groups: tuple[EventGroup, ...]
    shared: tuple[str, ...] = ()

    @property
    def selected(self) -> EventGroup | None:
        """What is asked of the selected folder; None: nothing, or NONE."""
        for group in self.groups:
            if group.filter in _SELECTED:
                return group if group.events else None
        return None

    @property
    def new_in_selected(self) -> NotifyEvent | None:
        """MessageNew of the selected folder, with the attributes to be told of each."""
        events = self.selected.events if self.selected else None
        return next((event for event in events or () if event.name == MESSAGE_NEW), None)

    @property
    def flags_in_selected(self) -> bool:
        events = self.selected.events if self.selected else None
        return any(event.name == FLAG_CHANGE for event in events or ())

    @property
    def looks_further(self) -> bool:
        """Is anything asked of folders that are not selected?"""
        return any(group.filter not in _SELECTED and group.events for group in self.groups)

    def names(self, name: str) -> bool:
        """Is this event asked for, of any folder?"""
        return any(event.name == name for group in self.groups for event in group.events or ())

    def wants(self, view: ViewInfo, *events: str) -> bool:
        """Any of these events, in a folder as one that is not selected."""
        return any(self._wants(view, event) for event in events)

    def _wants(self, view: ViewInfo, event: str) -> bool:
        for group in self.groups:
            if group.filter in _SELECTED or not self._matches(group, view):
                continue
            if group.events is None:
                return False
            if any(one.name == event for one in group.events):
                return True
        return False

    def _matches(self, group: EventGroup, view: ViewInfo) -> bool:
        name = view.name
        match group.filter:
            case "INBOXES":  # §6.2: where new mail is delivered
                return view.selectable and name.rpartition(DELIMITER)[2] == INBOX
            case "PERSONAL":
                return not name.startswith(self.shared)
            case "SUBSCRIBED":
                return view.subscribed
            case "SUBTREE":
                return any(_is_below(name, root) for root in group.mailboxes)
            case _:
                return name in group.mailboxes


def _is_below(name: str, root: str) -> bool:
    """The root itself counts (§6.5)."""
    return name == root or name.startswith(root + DELIMITER)


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One folder that came (``old`` None), went (``new`` None), or is another now."""

    old: ViewInfo | None
    new: ViewInfo | None

    @property
    def is_of_name(self) -> bool:
        return self.old is None or self.new is None or self.old.name != self.new.name

    @property
    def is_of_subscription(self) -> bool:
        return (
            not self.is_of_name
            and self.old is not None
            and self.new is not None
            and (self.old.subscribed != self.new.subscribed)
        )


def tree_changes(before: Sequence[ViewInfo], now: Sequence[ViewInfo]) -> list[TreeChange]:
    """What went first, so that a name that is used again is told last."""
    old, new = _by_id(before), _by_id(now)
    gone = [TreeChange(view, None) for key, view in old.items() if key not in new]
    rest = [TreeChange(old.get(key), view) for key, view in new.items()]
    return gone + [one for one in rest if one.is_of_name or one.is_of_subscription]


def _by_id(views: Sequence[ViewInfo]) -> dict[str, ViewInfo]:
    """A folder keeps its id when its name changes; a mere level has only its name."""
    return {view.id or f" {view.name}": view for view in views}
