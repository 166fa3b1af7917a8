"""The folder tree of one person: which name stands for which folder or virtual folder.

The first granted mailbox stands at the root, further ones under ``Shared/<name>/``
(docs/design.md §3 "Views"). What is not granted has no name here, so no command can reach it or
learn that it exists (promise 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from proxyd.domain import held
from proxyd.domain.alike_names import called_apart
from proxyd.domain.errors import CannotDo, NoSuchView
from proxyd.domain.folder_names import BACK_ON
from proxyd.domain.types import Account, Right
from proxyd.domain.workflow import HOLD
from proxyd.service.api.folder_tree import DELIMITER, Namespaces, Special
from proxyd.service.mailbox.held_mails import is_shown
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.places import ViewKey

INBOX = "INBOX"
_HELD = {held.LEAVING: "leaving", held.TO_APPROVE: "to-approve", held.APPROVE: "approve"}
_SPECIALS = {special.value.lower(): special for special in Special}
# A level's name must not contain the delimiter; the division slash looks the same to people.
_SLASH = "\u2215"
# What people are called is no syntax: wildcards of LIST and characters that need quoting look the
# same in full width, and no client has to get them right.
_WIDE = str.maketrans({"%": "\uff05", "*": "\uff0a", '"': "\uff02", "\\": "\uff3c"})
_DOT = "\uff0e"  # for one at the beginning: mbsync and Maildir take such folders for their own

# More than clients may name (imapwire/mailbox_name.py): what lies deeper has no levels above it.
MAX_LEVELS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the tree. ``room`` is None for the levels above whole mailboxes.

    ``awaited``: the INBOX of a mailbox whose provider has not listed its folders yet.
    """

    name: str
    room: Mailroom | None = None
    key: ViewKey | None = None
    folder: Folder | None = None
    special: Special | None = None
    awaited: bool = False
    alias: bool = False  # another name of the same folder stands elsewhere in the tree

    @property
    def selectable(self) -> bool:
        return self.key is not None or self.awaited

    @property
    def virtual(self) -> bool:
        return self.folder is None and not self.awaited

    @property
    def is_inbox(self) -> bool:
        return self.awaited or (self.folder is not None and self.folder.name.upper() == INBOX)


class Tree:
    """A snapshot; made anew when a mailroom's ``version`` or the grants change."""

    def __init__(self, account: Account, rooms: Sequence[Mailroom]) -> None:
        self._root = rooms[0].shop.shared_root
        self.namespaces = Namespaces(
            personal=("",), shared=(self._root + DELIMITER,) if len(rooms) > 1 else ()
        )
        self._entries: dict[str, Entry] = {}
        self._ours: set[str] = set()  # names that no provider's folder can be made under
        for position, room in enumerate(rooms):
            prefix = ""
            if position:
                prefix = DELIMITER.join((self._root, _level(room.mailbox.name), ""))
                self._add_levels(prefix.rstrip(DELIMITER))
            # Whatever this person has: to a colleague with another grant a folder made there would
            # look as if it were that other mailbox's.
            self._ours.add(prefix + self._root)
            self._add_folders(room, prefix)
            self._add_virtual(room, prefix, account)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def find(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def named(self, name: str) -> Entry:
        """Any name of the tree, mere levels too. Raises NoSuchView."""
        entry = self._entries.get(name)
        if entry is None:
            raise NoSuchView(name)
        return entry

    def holder(self, name: str) -> Entry:
        """A name that can hold mail. Raises NoSuchView, CannotDo("holds-no-mail"), and
        UpstreamUnavailable where the provider has yet to say which folders there are.
        """
        entry = self._entries.get(name)
        if entry is None:
            self._may_be_unlisted(name)
            raise NoSuchView(name)
        if entry.awaited and entry.room is not None:
            raise entry.room.why_down()
        if not entry.selectable:
            raise CannotDo("holds-no-mail")
        return entry

    def _may_be_unlisted(self, name: str) -> None:
        """Nobody can tell yet whether a folder of this name exists: don't say it does not."""
        place = self.room_for_new(name)
        if not name or place is None or self.is_reserved(name, place[0]):
            return
        inbox = place[1]
        if inbox.awaited and inbox.room is not None:
            raise inbox.room.why_down()

    def room_for_new(self, name: str) -> tuple[str, Entry] | None:
        """Where a folder of this name would be created: the mailbox's prefix and one of its
        entries.
        """
        best: tuple[str, Entry] | None = None
        for entry in self._entries.values():
            if not entry.is_inbox:
                continue
            prefix = entry.name[: -len(INBOX)]
            if name.startswith(prefix) and (best is None or len(prefix) > len(best[0])):
                best = prefix, entry
        return best

    def inbox_of(self, room: Mailroom) -> Entry:
        return next(entry for entry in self if entry.room is room and entry.is_inbox)

    def may_name(self, name: str) -> bool:
        """A folder of this name can be, or could have been, this person's: what stands under
        another mailbox's level is nobody's business who has no grant for it (promise 6).
        """
        levels = name.split(DELIMITER)
        return levels[0] != self._root or DELIMITER.join(levels[:2]) in self._entries

    def is_reserved(self, name: str, prefix: str) -> bool:
        """True for the root of the shared mailboxes, a mailbox's virtual parent, and everything
        under them, as seen from the mailbox that stands at ``prefix``.
        """
        levels = (*_ancestors(name), name)
        return any(level in self._ours and len(level) >= len(prefix) for level in levels)

    def children_of(self) -> set[str]:
        """The names that have others below them."""
        return {
            parent for name in self._entries for parent in _ancestors(name)
        }  # fmt: skip

    # ------------------------------------------------------------------ building

    def _add_levels(self, name: str) -> None:
        for level in (*_ancestors(name), name):
            if level:
                self._entries.setdefault(level, Entry(level))

    def _add_folders(self, room: Mailroom, prefix: str) -> None:
        folders = sorted(room.state.folders.values(), key=lambda f: (f.name != INBOX, f.name))
        for folder in folders:
            if folder.ours:
                continue
            name = prefix + client_name(folder)
            for level in _ancestors(name):
                self._entries.setdefault(level, Entry(level, room))
            special = next((_SPECIALS[a] for a in folder.attributes if a in _SPECIALS), None)
            key = ("folder", str(folder.id)) if folder.selectable else None
            self._put(Entry(name, room, key, folder, special))
        if room.state.folder_named(INBOX) is None:
            # RFC 9051 §5.1: there is always one, and every list of folders has it (sync.py).
            self._entries[prefix + INBOX] = Entry(prefix + INBOX, room, awaited=True)

    def _put(self, entry: Entry) -> None:
        """Where two folders have one name here (delimiters that differ, a provider's own
        "Shared/…"), the former gets another: none is hidden.
        """
        former = self._entries.get(entry.name)
        self._entries[entry.name] = entry
        if former is not None and former.folder is not None:
            name = former.name
            while name in self._entries:
                name += " (proxyd)"
            self._entries[name] = replace(former, name=name)

    def _add_virtual(self, room: Mailroom, prefix: str, account: Account) -> None:
        names = room.folder_names
        parent = prefix + names.named("parent")
        while parent in self._entries:
            parent += " (proxyd)"  # upstream has a folder of that name
        self._entries[parent] = Entry(parent, room)
        self._ours.add(parent)
        for word in room.shop.statuses.words:
            label = _plain(names.of_status(word.key))
            self._virtual(room, parent, label, ("status", word.key))
            if word.key == HOLD:
                for day in BACK_ON:
                    below = parent + DELIMITER + label
                    self._virtual(room, below, names.named(day), ("until", day))
        if account.grants[room.mailbox.id] >= Right.RESPOND:
            mine = ("assignee", str(account.id))
            self._virtual(room, parent, names.named("mine"), mine, alias=True)
        self._virtual(room, parent, names.named("unassigned"), ("unassigned", ""))
        self._virtual(room, parent, names.named("overdue"), ("overdue", ""))
        notes = next((each for each in room.state.folders.values() if each.notes), None)
        if notes is not None:
            key, name = ("folder", str(notes.id)), names.named("notes")
            full = parent + DELIMITER + name
            self._entries[full] = Entry(full, room, key, notes)
            mentions = ("mentions", str(account.id))
            self._virtual(room, parent, names.named("mentions"), mentions)
        if account.grants[room.mailbox.id] >= Right.RESPOND:
            self._add_held(room, parent)
        people = parent + DELIMITER + names.named("people")
        self._entries[people] = Entry(people, room)
        for label, person in _labels(room):
            self._virtual(room, people, label, ("assignee", str(person.id)))

    def _add_held(self, room: Mailroom, parent: str) -> None:
        """What waits before it leaves is seen by who may answer, as Sent is."""
        for folder in room.state.folders.values():
            word = _HELD.get(folder.name)
            if word is not None and is_shown(room, folder):
                name = parent + DELIMITER + room.folder_names.named(word)
                self._entries[name] = Entry(name, room, ("folder", str(folder.id)), folder)

    def _virtual(
        self, room: Mailroom, parent: str, label: str, key: ViewKey, *, alias: bool = False
    ) -> None:
        name = parent + DELIMITER + label
        if key in room.state.views:
            self._entries[name] = Entry(name, room, key, alias=alias)


def client_name(folder: Folder) -> str:
    """A folder's name as clients type it: "/" between the levels, whatever upstream uses."""
    name = shown_as(folder.name, folder.delimiter)
    first, delimiter, rest = name.partition(DELIMITER)
    # RFC 9051 §5.1: INBOX has no case, also where others stand below it.
    return INBOX + delimiter + rest if first.upper() == INBOX else name


def shown_as(name: str, delimiter: str) -> str:
    """The same for a name that no folder has yet."""
    if not delimiter or delimiter == DELIMITER:
        return name
    return DELIMITER.join(_level(level) for level in name.split(delimiter))


def upstream_name(name: str, delimiter: str) -> str:
    """The reverse, for a folder that is to be created."""
    if not delimiter or delimiter == DELIMITER:
        return name
    return delimiter.join(level.replace(_SLASH, DELIMITER) for level in name.split(DELIMITER))


def _level(name: str) -> str:
    return name.replace(DELIMITER, _SLASH)


def levels_of(name: str) -> list[str]:
    """The levels above, and the name itself."""
    return [*_ancestors(name), name]


def _ancestors(name: str) -> list[str]:
    """Of a name of so many levels as a provider may make up, the first ones: each is a copy."""
    levels = name.split(DELIMITER, MAX_LEVELS)
    return [DELIMITER.join(levels[:count]) for count in range(1, len(levels))]


def _plain(name: str) -> str:
    """A level named after something people have written."""
    plain = _level(name).translate(_WIDE)
    return _DOT + plain[1:] if plain.startswith(".") else plain


def _labels(room: Mailroom) -> Iterator[tuple[str, Account]]:
    """What the people's folders are called, as their tags in mail clients are."""
    staff = sorted(room.staff(Right.RESPOND), key=lambda p: p.id)
    called = called_apart((person.login, person.name) for person in staff)
    for person in room.subscribers_to(Right.RESPOND):
        yield _plain(called[person.login]), person
