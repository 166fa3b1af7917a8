"""The system flags that are kept in a view (RFC 9051 §7.1 PERMANENTFLAGS).

Those that the provider keeps, and those that are the proxy's own business, whatever the provider
does: \\Deleted (departures.py), and \\Seen where each person has an own one. Keywords are always
kept (shared_flags.py).
"""

from __future__ import annotations

from proxyd.domain.keywords import SYSTEM
from proxyd.domain.types import SeenMode
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder


def kept_flags(room: Mailroom, folder: Folder | None) -> list[str]:
    """``folder``: None for what shows mails of several."""
    own = {DELETED, "\\Seen"} if room.mailbox.seen is SeenMode.PERSON else {DELETED}
    every = room.state.folders.values()
    shown = [each for each in every if each.working and each.selectable]
    folders = shown if folder is None else [folder]
    return [flag for flag in SYSTEM if flag in own or any(f.keeps(flag) for f in folders)]
