"""One session's view of its selected folder: what its client was told so far.

The only place where sequence numbers and UIDs are turned into each other. Invariants (RFC 9051
§7.5.1, §5.5): a number changes only by an EXPUNGE that was sent; EXPUNGE is sent only when the
caller says it is safe; the count told never shrinks otherwise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from proxyd.demo.mailbox import DemoFolder
from proxyd.imapwire.encode import flag_list
from proxyd.imapwire.numset import NumSet


class NoSuchNumberError(Exception):
    """A sequence number beyond the last message."""


class DemoView:
    def __init__(self, folder: DemoFolder, *, read_only: bool, changed: Callable[[], None]) -> None:
        self.folder = folder
        self.read_only = read_only
        self.told = list(folder.messages)
        self._next = folder.uidnext  # messages below were told, or gone before they could be
        self._flags: set[int] = set()  # UIDs whose flags the client does not know yet
        self._changed = changed
        folder.watchers.append(self._hear)

    def close(self) -> None:
        self.folder.watchers.remove(self._hear)

    def _hear(self, uids: frozenset[int]) -> None:
        self._flags |= uids
        self._changed()

    # ---------------------------------------------------------------- numbers

    def number(self, uid: int) -> int:
        return bisect_left(self.told, uid) + 1

    @property
    def greatest_uid(self) -> int:
        return self.told[-1] if self.told else 0

    def uids(self, numbers: NumSet, *, uid: bool) -> list[int]:
        """The messages meant that still exist, in order. UIDs of no message mean nothing."""
        found: list[int] = []
        if uid:
            for low, high in numbers.resolve(self.greatest_uid):
                found += self.told[bisect_left(self.told, low) : bisect_right(self.told, high)]
        else:
            for low, high in numbers.resolve(len(self.told)):
                if high > len(self.told):
                    raise NoSuchNumberError
                found += self.told[low - 1 : high]
            if not self.told:
                raise NoSuchNumberError
        return [one for one in found if one in self.folder.messages]

    # ---------------------------------------------------------------- telling

    def knows_flags(self, uid: int) -> bool:
        return uid not in self._flags

    def flags_told(self, uid: int) -> None:
        self._flags.discard(uid)

    def catch_up(self, *, expunge: bool) -> list[bytes]:
        """The untagged responses that bring the client up to date."""
        lines = self._expunged() if expunge else []
        lines += self._arrived()
        lines += self._flagged()
        return lines

    def _expunged(self) -> list[bytes]:
        """Last first, so that each number is right when it is read."""
        messages = self.folder.messages
        if len(messages) == len(self.told) and self._next == self.folder.uidnext:
            return []
        gone = [index for index, uid in enumerate(self.told) if uid not in messages]
        self.told = [uid for uid in self.told if uid in messages]
        return [b"* %d EXPUNGE\r\n" % (index + 1) for index in reversed(gone)]

    def _arrived(self) -> list[bytes]:
        if self._next == self.folder.uidnext:
            return []
        new = []
        for uid in reversed(self.folder.messages):
            if uid < self._next:
                break
            new.append(uid)
        self._next = self.folder.uidnext
        self.told += reversed(new)
        return [b"* %d EXISTS\r\n" % len(self.told)] if new else []

    def _flagged(self) -> list[bytes]:
        known = sorted(uid for uid in self._flags if uid in self.folder.messages)
        self._flags.clear()
        lines = []
        for uid in known:
            number = self.number(uid)
            flags = flag_list(self.folder.messages[uid].flags)
            lines.append(b"* %d FETCH (UID %d FLAGS %b)\r\n" % (number, uid, flags))
        return lines
