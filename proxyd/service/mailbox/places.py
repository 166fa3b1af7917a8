"""Which virtual views a message is shown in. Pure; the one place that decides it."""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.service.mailbox.model import Folder

ViewKey = tuple[str, str]


def views_of_note(
    folder: Folder, beside: Iterable[set[ViewKey]], mentioned: Iterable[int]
) -> set[ViewKey]:
    """Of an internal note: its folder's, those of the mails from outside that it stands with, so
    that it is in the same thread wherever that shows, and the ones of whom it names.
    """
    keys: set[ViewKey] = {("folder", str(folder.id))}
    keys.update(*beside)
    keys.update(("mentions", str(account_id)) for account_id in mentioned)
    return keys


def views_of_note_draft(drafts: Folder | None) -> set[ViewKey]:
    """It shows where drafts are looked for, and nowhere else."""
    return set() if drafts is None else {("folder", str(drafts.id))}


def views_of_reminder(inbox: Folder | None) -> set[ViewKey]:
    """Where everybody looks, and beside what it names."""
    keys: set[ViewKey] = {("overdue", "")}
    return keys if inbox is None else keys | {("folder", str(inbox.id))}


def views_of(
    folder: Folder,
    *,
    working: bool,
    inbound: bool,
    status: str,
    assignee: int | None,
    finished: str,
    overdue: bool = False,
    returns: Iterable[str] = (),
) -> set[ViewKey]:
    """The keys of all views of a message: its folder's, and the virtual ones it matches.

    Virtual folders hold inbound messages of working folders only (docs/design.md §3 "Views"). What
    is ``finished`` (that status) waits for nobody to take it: *Unassigned* is a list of work.
    ``returns``: the folders of days on which what is on hold comes back.
    """
    keys: set[ViewKey] = {("folder", str(folder.id))}
    if inbound and working:
        keys.add(("status", status))
        if assignee is not None:
            keys.add(("assignee", str(assignee)))
        elif status != finished:
            keys.add(("unassigned", ""))
        if overdue:
            keys.add(("overdue", ""))
        keys.update(("until", word) for word in returns)
    return keys
