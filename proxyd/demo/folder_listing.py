"""Which folders LIST and LSUB answer, and what they say of each (RFC 5258, RFC 3501 §6.3.9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxyd.demo.mailbox import DELIMITER, DemoMailbox
from proxyd.imapwire.command import List
from proxyd.imapwire.encode import mailbox as encoded


@dataclass(frozen=True, slots=True)
class DemoListed:
    name: str
    attributes: tuple[str, ...]
    child_info: bool = False  # CHILDINFO (RFC 5258 §3.5): it stands for a subscribed child

    def line(self, word: bytes) -> bytes:
        attributes = " ".join(self.attributes).encode("ascii")
        line = b'%b (%b) "/" %b' % (word, attributes, encoded(self.name))
        return line + b' ("CHILDINFO" ("SUBSCRIBED"))' if self.child_info else line


def matches(pattern: str, name: str) -> bool:
    """``*`` matches anything, ``%`` anything within one level. Never slow: no backtracking."""
    ends = {0}  # how much of the name the pattern so far can cover
    for char in pattern:
        if char == "*":
            ends = set(range(min(ends), len(name) + 1)) if ends else ends
        elif char == "%":
            ends = {stop for start in ends for stop in _level(name, start)}
        else:
            ends = {end + 1 for end in ends if name[end : end + 1] == char}
        if not ends:
            return False
    return len(name) in ends


def _level(name: str, start: int) -> Iterable[int]:
    stop = name.find(DELIMITER, start)
    return range(start, (len(name) if stop < 0 else stop) + 1)


def listed(mailbox: DemoMailbox, command: List) -> list[DemoListed]:
    patterns = [command.reference + pattern for pattern in command.patterns]
    chosen = [name for name in _candidates(mailbox, command) if _any(patterns, name)]
    found = [DemoListed(name, _attributes(mailbox, command, name)) for name in sorted(chosen)]
    if "RECURSIVEMATCH" in command.selection:
        found += _parents_of_subscribed(mailbox, command, patterns, chosen)
    return found


def subscribed(mailbox: DemoMailbox, pattern: str) -> list[DemoListed]:
    """LSUB. A level above a subscribed name that "%" stops at is told as ``\\Noselect``."""
    found = {name: DemoListed(name, ()) for name in mailbox.subscriptions if matches(pattern, name)}
    if pattern.endswith("%"):
        for name in mailbox.subscriptions:
            for above in _levels_above(name):
                if matches(pattern, above):
                    found.setdefault(above, DemoListed(above, ("\\Noselect",)))
    return [found[name] for name in sorted(found)]


def _any(patterns: Sequence[str], name: str) -> bool:
    return any(matches(pattern, name) for pattern in patterns)


def _candidates(mailbox: DemoMailbox, command: List) -> set[str]:
    if "SUBSCRIBED" in command.selection:
        names = set(mailbox.subscriptions)
    else:
        names = set(mailbox.folders)
    if "SPECIAL-USE" in command.selection:
        names = {name for name in names if name in mailbox.folders and mailbox.folders[name].use}
    return names


def _attributes(mailbox: DemoMailbox, command: List, name: str) -> tuple[str, ...]:
    folder = mailbox.folders.get(name)
    if folder is None:
        return ("\\NonExistent", "\\Subscribed")
    found = ["\\HasChildren" if mailbox.children(name) else "\\HasNoChildren"]
    if folder.use:
        found.append(folder.use)
    asked = "SUBSCRIBED" in command.selection | command.returns
    if asked and name in mailbox.subscriptions:
        found.append("\\Subscribed")
    return tuple(found)


def _parents_of_subscribed(
    mailbox: DemoMailbox, command: List, patterns: Sequence[str], told: Sequence[str]
) -> list[DemoListed]:
    parents = {above for name in mailbox.subscriptions for above in _levels_above(name)}
    return [
        DemoListed(name, _attributes(mailbox, command, name), child_info=True)
        for name in sorted(parents - set(told))
        if name in mailbox.folders and _any(patterns, name)
    ]


def _levels_above(name: str) -> list[str]:
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:depth]) for depth in range(1, len(levels))]
