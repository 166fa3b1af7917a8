"""What was acknowledged, and what may be: of every mail, how often it exists, where, with which
flags. A change that was refused, or not answered, leaves both possible; one that was acknowledged
leaves one.

Each mail has one owner, so that nobody else's change is mistaken for a lost one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ID = re.compile(rb"^Message-ID: <([^>]*)>", re.IGNORECASE | re.MULTILINE)
_RENAMED = re.compile(r"-\d+$")
FLAGS = ("\\flagged", "\\answered", "custom")
STATUSES = ("open", "checking", "hold", "done")
PERSONAL = frozenset({"\\seen", "\\deleted"})
OWN = ("$status-", "$assignee-")

Placed = tuple[str, frozenset[str], bytes]  # folder, flags in lower case, octets


def plain(folder: str) -> str:
    """What stays of a folder's name when it is renamed: "Work3-2" was "Work3-1"."""
    return _RENAMED.sub("", folder)


def message_id(head: bytes) -> str:
    found = _ID.search(head)
    return found[1].decode() if found else ""


@dataclass(slots=True)
class Owed:
    raw: bytes
    owner: str
    least: int = 1
    most: int = 1
    folders: set[str] = field(default_factory=lambda: {"INBOX"})
    flags: dict[str, set[bool]] = field(default_factory=dict)
    statuses: set[str] = field(default_factory=set)  # empty: never set by anybody
    history: list[str] = field(default_factory=list)  # what its owner asked for, and was told

    def wants_flag(self, flag: str, present: bool, *, done: bool) -> None:
        known = self.flags.setdefault(flag, {False})
        self.flags[flag] = {present} if done else known | {present}

    def wants_status(self, status: str, *, done: bool) -> None:
        before = self.statuses or set(STATUSES)
        self.statuses = {status} if done else before | {status}

    def wants_folder(self, folder: str, *, done: bool) -> None:
        self.folders = {plain(folder)} if done else self.folders | {plain(folder)}

    def gains(self, *, done: bool) -> None:
        self.most += 1
        self.least += done

    @property
    def single(self) -> bool:
        """Surely one mail, so that each of its flags has one meaning."""
        return self.least == self.most == 1


class Ledger:
    def __init__(self) -> None:
        self.mails: dict[str, Owed] = {}

    def add(self, raw: bytes, owner: str, folder: str = "INBOX", *, done: bool = True) -> str:
        name = message_id(raw)
        assert name and name not in self.mails
        self.mails[name] = Owed(raw, owner, int(done), 1, {plain(folder)})
        return name

    def wrong(self, found: dict[str, list[Placed]], *, statuses: bool) -> list[str]:
        """What a look at all folders (by Message-ID) does not fit; ``statuses``: seen through
        proxyd, where mails have one.
        """
        told = [f"nobody put {name} there" for name in found if name not in self.mails]
        for name, owed in self.mails.items():
            told += [
                f"{name}: {what} after {owed.history}"
                for what in _wrong(owed, found.get(name, []), statuses)
            ]
        return told


def _wrong(owed: Owed, there: list[Placed], statuses: bool) -> list[str]:
    told = []
    if not owed.least <= len(there) <= owed.most:
        places = [folder for folder, _, _ in there]
        told.append(f"{len(there)} of it ({places}), not {owed.least} to {owed.most}")
    if any(raw != owed.raw for _, _, raw in there):
        told.append("other octets")
    if not owed.single or len(there) != 1:
        return told
    folder, flags, _ = there[0]
    if plain(folder) not in owed.folders:
        told.append(f"in {folder}, not in {owed.folders}")
    for flag, wanted in owed.flags.items():
        if (flag in flags) not in wanted:
            told.append(f"{flag} is {flag in flags}, acknowledged was {wanted}")
    if statuses and owed.statuses and not flags & {f"$status-{s}" for s in owed.statuses}:
        told.append(f"{sorted(flags)} without a status of {owed.statuses}")
    return told


def shared(flags: frozenset[str]) -> frozenset[str]:
    r"""What proxyd and the provider must agree upon: \Seen and \Deleted are each person's own."""
    return frozenset(f for f in flags if f not in PERSONAL and not f.startswith(OWN))
