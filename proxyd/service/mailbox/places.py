"""Which virtual views a message is shown in. Pure; the one place that decides it."""

from __future__ import annotations

from proxyd.service.mailbox.model import Folder

ViewKey = tuple[str, str]


def views_of(
    folder: Folder, *, working: bool, inbound: bool, status: str, assignee: int | None
) -> set[ViewKey]:
    """The keys of all views of a message: its folder's, and the virtual ones it matches.

    Virtual folders hold inbound messages of working folders only (DESIGN.md §3 "Views").
    """
    keys: set[ViewKey] = {("folder", str(folder.id))}
    if inbound and working:
        keys.add(("status", status))
        keys.add(("assignee", str(assignee)) if assignee is not None else ("unassigned", ""))
    return keys
