"""Which events of which folders (RFC 5465 §5, §6)."""

from __future__ import annotations

import pytest

from imap_frontend.notify_filter import TreeChange, Wishes, events_of, tree_changes, unknown_events
from proxyd.imapwire.command import EventGroup, NotifyEvent
from proxyd.service.api.folder_tree import ViewInfo
from proxyd.service.api.following import Touch


def view(name: str, *, id: str = "", subscribed: bool = True, selectable: bool = True) -> ViewInfo:
    return ViewInfo(name, selectable, subscribed, False, None, False, id)


def group(kind: str, *events: str, names: tuple[str, ...] = ()) -> EventGroup:
    return EventGroup(kind, names, tuple(NotifyEvent(event) for event in events) or None)


BOTH = ("MESSAGENEW", "MESSAGEEXPUNGE")


@pytest.mark.parametrize(
    ("asked", "yes", "no"),
    [
        (group("INBOXES", *BOTH), ["INBOX", "Shared/sales/INBOX"], ["Sent", "INBOX/x", "MYINBOX"]),
        (group("PERSONAL", *BOTH), ["INBOX", "Sent", "Sharedx"], ["Shared/sales/INBOX"]),
        (group("SUBTREE", *BOTH, names=("A",)), ["A", "A/b", "A/b/c"], ["AB", "B/A", "a"]),
        (group("MAILBOXES", *BOTH, names=("A", "B")), ["A", "B"], ["A/b", "C"]),
        (group("SUBSCRIBED", *BOTH), ["Sent"], []),
        (group("SELECTED", *BOTH), [], ["INBOX", "Sent"]),
    ],
)
def test_filters(asked: EventGroup, yes: list[str], no: list[str]) -> None:
    wishes = Wishes((asked,), ("Shared/",))
    assert [name for name in yes + no if wishes.wants(view(name), "MESSAGENEW")] == yes


def test_what_is_not_subscribed_and_what_holds_no_mail() -> None:
    subscribed = Wishes((group("SUBSCRIBED", *BOTH),))
    assert not subscribed.wants(view("A", subscribed=False), "MESSAGENEW")
    inboxes = Wishes((group("INBOXES", *BOTH),))
    assert not inboxes.wants(view("A/INBOX", selectable=False), "MESSAGENEW")


def test_the_first_group_that_grants_decides_and_none_ends_the_search() -> None:
    wishes = Wishes(
        (
            group("MAILBOXES", "FLAGCHANGE", *BOTH, names=("A",)),
            group("SUBTREE", names=("A",)),  # NONE
            group("PERSONAL", *BOTH, "MAILBOXNAME"),
        )
    )
    assert wishes.wants(view("A"), "FLAGCHANGE")
    assert not wishes.wants(view("A"), "MAILBOXNAME")
    assert not wishes.wants(view("A/b"), "MESSAGENEW")
    assert wishes.wants(view("C"), "MESSAGENEW", "FLAGCHANGE")
    assert not wishes.wants(view("C"), "FLAGCHANGE")
    assert wishes.looks_further


def test_the_selected_folder_is_asked_for_by_its_own_group_alone() -> None:
    assert Wishes(()).selected is None
    assert Wishes((group("PERSONAL", *BOTH),)).selected is None
    assert Wishes((group("SELECTED"),)).selected is None, "NONE"
    delayed = Wishes((group("SELECTED-DELAYED", *BOTH),))
    assert delayed.selected is not None
    assert delayed.new_in_selected == NotifyEvent("MESSAGENEW")
    assert not delayed.looks_further
    assert not delayed.flags_in_selected
    flags = group("SELECTED", *BOTH, "FLAGCHANGE")
    assert Wishes((group("PERSONAL", *BOTH), flags)).flags_in_selected
    assert not Wishes((group("PERSONAL", *BOTH, "FLAGCHANGE"),)).flags_in_selected


def test_words() -> None:
    assert events_of(Touch.ARRIVED | Touch.FLAGS) == ("MESSAGENEW", "FLAGCHANGE")
    assert events_of(Touch.GONE) == ("MESSAGEEXPUNGE",)
    assert unknown_events([group("PERSONAL", "ANNOTATIONCHANGE", *BOTH)]) == {"ANNOTATIONCHANGE"}
    assert not unknown_events([group("PERSONAL", "SUBSCRIPTIONCHANGE", "MAILBOXNAME")])
    metadata = group("PERSONAL", "MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE")
    assert not unknown_events([metadata])


def test_an_event_asked_for_of_any_folder() -> None:
    server = group("MAILBOXES", "SERVERMETADATACHANGE", names=("Nowhere",))
    wishes = Wishes((group("PERSONAL"), server))
    assert wishes.names("SERVERMETADATACHANGE")
    assert wishes.looks_further
    assert not wishes.names("MAILBOXMETADATACHANGE")
    assert not Wishes(()).names("SERVERMETADATACHANGE")


def test_changes_of_the_tree() -> None:
    before = [view("A", id="F1"), view("B", id="F2"), view("L"), view("S", id="F3")]
    now = [view("A2", id="F1"), view("B", id="F9"), view("S", id="F3", subscribed=False), view("N")]
    changes = tree_changes(before, now)
    assert changes == [
        TreeChange(before[1], None),  # deleted, and made again under the same name
        TreeChange(before[2], None),
        TreeChange(before[0], now[0]),
        TreeChange(None, now[1]),
        TreeChange(before[3], now[2]),
        TreeChange(None, now[3]),
    ]
    assert [change.is_of_name for change in changes] == [True, True, True, True, False, True]
    assert [change.is_of_subscription for change in changes] == [False] * 4 + [True, False]
    assert tree_changes(now, now) == []
