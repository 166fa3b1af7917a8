"""The demo mailbox in memory: its folders and messages, and who is to be told of changes.

Every change is on the disk before it is seen here, and is seen here before a watcher is told. It
must never know sequence numbers or IMAP syntax: those belong to one session's view. Runs on one
event loop; nothing here waits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from proxyd.demo.database import DemoArrival, DemoDatabase, FolderRow, PlaceRow
from proxyd.domain.types import Clock
from proxyd.imapwire.dates import MONTHS
from proxyd.imapwire.mime import MimeMail

DELIMITER = "/"
INBOX = "INBOX"
# What a provider creates with the account (RFC 6154 §2).
SPECIAL_FOLDERS = {
    "Sent": "\\Sent",
    "Drafts": "\\Drafts",
    "Trash": "\\Trash",
    "Junk": "\\Junk",
    "Archive": "\\Archive",
}
# Parsed messages kept for the next attribute or range of the same mail. A client asks for one mail
# in a few commands, or for all in order: more would only hold memory (at most 32 MiB of octets).
_KEPT_MAILS = 64
_KEPT_OCTETS = 32 * 1024 * 1024


@dataclass(slots=True)
class DemoMessage:
    """A message in a folder. Only ``flags`` ever changes."""

    uid: int
    body: int
    size: int
    flags: tuple[str, ...]
    date: str

    def has(self, flag: str) -> bool:
        wanted = flag.lower()
        return any(one.lower() == wanted for one in self.flags)


@dataclass(eq=False)
class DemoFolder:
    """A folder; ``messages`` is ordered by UID, which is the order of arrival."""

    id: int
    name: str
    use: str
    uidvalidity: int
    uidnext: int
    messages: dict[int, DemoMessage]
    gone: bool = False
    watchers: list[Callable[[frozenset[int]], None]] = field(default_factory=list)

    def tell(self, changed: Iterable[int] = ()) -> None:
        """Something changed; ``changed`` are the UIDs whose flags did."""
        uids = frozenset(changed)
        for watcher in list(self.watchers):
            watcher(uids)

    def count(self, flag: str) -> int:
        return sum(message.has(flag) for message in self.messages.values())


def internal_date(now_us: int) -> str:
    """The moment as INTERNALDATE, UTC."""
    when = datetime.fromtimestamp(now_us // 1_000_000, UTC)
    return f"{when.day:02}-{MONTHS[when.month - 1]}-{when:%Y %H:%M:%S} +0000"


class DemoMailbox:
    """All folders of the one account."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._database = DemoDatabase(path)
        self._mails: OrderedDict[int, MimeMail] = OrderedDict()
        self._kept = 0
        self.subscriptions = self._database.subscriptions()
        self.folders: dict[str, DemoFolder] = {}
        for row in self._database.folders():
            self._adopt(row)
        if INBOX not in self.folders:  # a new mailbox; INBOX comes last, as the mark of "complete"
            for name, use in {**SPECIAL_FOLDERS, INBOX: ""}.items():
                if name not in self.folders:
                    self.create(name, use)
                self.subscribe(name)

    def close(self) -> None:
        self._database.close()

    @property
    def untouched(self) -> bool:
        """No message was ever in here."""
        return all(folder.uidnext == 1 for folder in self.folders.values())

    # ---------------------------------------------------------------- folders

    def create(self, name: str, use: str = "") -> DemoFolder:
        """Make the folder and the levels above it that are missing."""
        levels = name.split(DELIMITER)
        for depth in range(1, len(levels)):
            above = DELIMITER.join(levels[:depth])
            if above not in self.folders:
                self._add(above, "")
        return self._add(name, use)

    def delete(self, name: str) -> None:
        folder = self.folders[name]
        self._database.remove_folder(folder.id)
        del self.folders[name]
        folder.messages.clear()
        folder.gone = True
        folder.tell()

    def rename(self, name: str, to: str) -> None:
        """Rename with everything below; messages and UIDs stay (RFC 9051 §6.3.6)."""
        parent = to.rpartition(DELIMITER)[0]
        if parent and parent not in self.folders:
            self.create(parent)
        below = name + DELIMITER
        names = {
            old: to + old[len(name) :]
            for old in self.folders
            if old == name or old.startswith(below)
        }
        self._database.rename_folders((self.folders[old].id, new) for old, new in names.items())
        for old, new in names.items():
            folder = self.folders.pop(old)
            folder.name = new
            self.folders[new] = folder

    def children(self, name: str) -> bool:
        below = name + DELIMITER
        return any(other.startswith(below) for other in self.folders)

    def subscribe(self, name: str) -> None:
        self._database.subscribe(name)
        self.subscriptions.add(name)

    def unsubscribe(self, name: str) -> None:
        self._database.unsubscribe(name)
        self.subscriptions.discard(name)

    # ---------------------------------------------------------------- messages

    def append(
        self, folder: DemoFolder, octets: bytes, flags: Sequence[str], date: str | None = None
    ) -> DemoMessage:
        date = date or internal_date(self._clock())
        return self.fill([(folder, octets, flags, date)])[0]

    def fill(
        self, mails: Iterable[tuple[DemoFolder, bytes, Sequence[str], str]]
    ) -> list[DemoMessage]:
        """Append to several folders: all of it, or nothing."""
        uidnext = {folder: folder.uidnext for folder in self.folders.values()}
        rows: list[tuple[DemoFolder, DemoArrival]] = []
        for folder, octets, flags, date in mails:
            rows.append((folder, DemoArrival(folder.id, uidnext[folder], octets, flags, date)))
            uidnext[folder] += 1
        bodies = self._database.add_messages(new for _, new in rows)
        messages = []
        for (folder, new), body in zip(rows, bodies, strict=True):
            message = DemoMessage(new.uid, body, len(new.octets), tuple(new.flags), new.date)
            folder.messages[new.uid] = message
            folder.uidnext = new.uid + 1
            messages.append(message)
        for folder in {folder: None for folder, _ in rows}:
            folder.tell()
        return messages

    def copy(self, source: DemoFolder, uids: Sequence[int], target: DemoFolder) -> dict[int, int]:
        """Returns where each UID went."""
        return self._place(source, uids, target, move=False)

    def move(self, source: DemoFolder, uids: Sequence[int], target: DemoFolder) -> dict[int, int]:
        """As ``copy``, and gone from the source in the same instant (RFC 6851 §3.3)."""
        return self._place(source, uids, target, move=True)

    def set_flags(self, folder: DemoFolder, flags: dict[int, tuple[str, ...]]) -> None:
        """Replace the flags of these UIDs."""
        changed = {uid: new for uid, new in flags.items() if folder.messages[uid].flags != new}
        if not changed:
            return
        self._database.set_flags(folder.id, changed.items())
        for uid, new in changed.items():
            folder.messages[uid].flags = new
        folder.tell(changed)

    def expunge(self, folder: DemoFolder, uids: Iterable[int]) -> None:
        gone = [uid for uid in uids if uid in folder.messages]
        if not gone:
            return
        bodies = [folder.messages[uid].body for uid in gone]
        self._database.remove(folder.id, gone, bodies)
        for uid in gone:
            del folder.messages[uid]
        folder.tell()

    def mail(self, message: DemoMessage) -> MimeMail:
        """The message's octets and structure."""
        mail = self._mails.pop(message.body, None)
        if mail is None:
            mail = MimeMail(self._database.octets(message.body))
            self._kept += message.size
        self._mails[message.body] = mail
        while len(self._mails) > _KEPT_MAILS or (
            self._kept > _KEPT_OCTETS and len(self._mails) > 1
        ):
            _, dropped = self._mails.popitem(last=False)
            self._kept -= len(dropped.raw)
        return mail

    # ---------------------------------------------------------------- inside

    def _add(self, name: str, use: str) -> DemoFolder:
        return self._adopt(self._database.add_folder(name, use, self._clock() // 1_000_000))

    def _adopt(self, row: FolderRow) -> DemoFolder:
        messages = {
            place.uid: DemoMessage(place.uid, place.body, place.size, place.flags, place.date)
            for place in self._database.places(row.id)
        }
        folder = DemoFolder(row.id, row.name, row.use, row.uidvalidity, row.uidnext, messages)
        self.folders[row.name] = folder
        return folder

    def _place(
        self, source: DemoFolder, uids: Sequence[int], target: DemoFolder, *, move: bool
    ) -> dict[int, int]:
        found = [source.messages[uid] for uid in uids]
        targets = range(target.uidnext, target.uidnext + len(found))
        rows = [
            PlaceRow(new, old.body, old.size, old.flags, old.date)
            for new, old in zip(targets, found, strict=True)
        ]
        moved_from = (source.id, uids) if move else None
        self._database.copy(target.id, rows, moved_from=moved_from)
        if move:
            for uid in uids:
                del source.messages[uid]
        for row in rows:
            target.messages[row.uid] = DemoMessage(row.uid, row.body, row.size, row.flags, row.date)
        target.uidnext += len(rows)
        for folder in {source: None, target: None}:
            folder.tell()
        return dict(zip(uids, targets, strict=True))
