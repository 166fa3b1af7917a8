r"""Which folders a LIST or LSUB names, and with which attributes. Pure: folder tree in, lines out.

RFC 9051 §6.3.9, RFC 5258 (selection and return options), RFC 3348 (\HasChildren), RFC 6154.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from imap_frontend.replies import wrong
from proxyd.imapwire.command import List
from proxyd.service.api.folder_tree import DELIMITER, ViewInfo

# Folder names are shorter than this; a pattern above it is no question about folders.
PATTERN_MAX = 1000
INBOX = "INBOX"
NON_EXISTENT = "\\NonExistent"  # RFC 5258 §3: there is only the name


@dataclass(frozen=True, slots=True)
class ListLine:
    name: str
    attributes: tuple[str, ...]
    selectable: bool
    childinfo: bool = False  # RFC 5258 §4: subscribed folders are below

    @property
    def exists(self) -> bool:
        return NON_EXISTENT not in self.attributes


def listed(
    views: Sequence[ViewInfo],
    command: List,
    left_over: Iterable[str] = (),
    roots: Collection[str] = (),
) -> list[ListLine]:
    """The answer to LIST, in the order of the tree.

    ``left_over``: subscribed, and not there any more (RFC 5258 §3.4). ``roots``: the bare levels
    above a namespace (RFC 2342). A "*" does not name those: Thunderbird 153 takes such a level for
    a folder within that namespace, asks for MYRIGHTS of "Shared/Shared", and shows the refusal.
    """
    patterns = [command.reference + pattern for pattern in command.patterns]
    matches = [matcher(pattern) for pattern in patterns]
    matches_root = [matcher(pattern) for pattern in patterns if "*" not in pattern]
    only_subscribed = "SUBSCRIBED" in command.selection
    only_special = "SPECIAL-USE" in command.selection
    show_subscribed = only_subscribed or "SUBSCRIBED" in command.returns
    recursive = "RECURSIVEMATCH" in command.selection
    missing = [] if only_special else list(left_over)
    wanted = [view.name for view in views if view.subscribed] + missing
    # RFC 5258 §3.5: of what matches itself no parent needs to tell.
    hidden = [name for name in wanted if not any(match(name) for match in matches)]
    parents = _parents(hidden) if recursive else set()
    lines: list[ListLine] = []
    for view in views:
        below = view.name in parents
        if only_subscribed and not view.subscribed and not below:
            continue
        if only_special and view.special is None:
            continue
        if any(match(view.name) for match in (matches_root if view.name in roots else matches)):
            attributes = _attributes(view, show_subscribed=show_subscribed)
            lines.append(ListLine(view.name, attributes, view.selectable, childinfo=below))
    if only_subscribed:
        lost = dict.fromkeys((*missing, *sorted(parents.difference(view.name for view in views))))
        for name in lost:
            if any(match(name) for match in matches):
                attributes = (NON_EXISTENT, *(("\\Subscribed",) if name in missing else ()))
                lines.append(
                    ListLine(name, attributes, selectable=False, childinfo=name in parents)
                )
    return lines


def subscribed(
    views: Sequence[ViewInfo], pattern: str, left_over: Sequence[str] = ()
) -> list[ListLine]:
    """The answer to LSUB (RFC 3501 §6.3.9).

    With "%" a folder that is not subscribed itself, but has subscribed ones below that the pattern
    does not reach, is named as \\Noselect, so that the client can go on from there.
    """
    match = matcher(pattern)
    wanted = [view for view in views if view.subscribed]
    known = {view.name: view for view in wanted}
    hidden = _parents(name for name in (*known, *left_over) if not match(name))
    names = dict.fromkeys(name for name in (*known, *sorted(hidden)) if match(name))
    lines = [
        ListLine(name, _attributes(known[name], show_subscribed=False), known[name].selectable)
        if name in known
        else ListLine(name, ("\\Noselect",), selectable=False)
        for name in names
    ]
    gone = (name for name in left_over if match(name) and name not in names)
    return lines + [ListLine(name, ("\\Noselect",), selectable=False) for name in gone]


def line_of(views: Iterable[ViewInfo], name: str, *, show_subscribed: bool = False) -> ListLine:
    """One folder as LIST would name it, for the answer to SELECT (RFC 9051 §6.3.2)."""
    for view in views:
        if view.name == name:
            attributes = _attributes(view, show_subscribed=show_subscribed)
            return ListLine(name, attributes, view.selectable)
    return ListLine(name, (), selectable=True)  # renamed while it is open


def _attributes(view: ViewInfo, *, show_subscribed: bool) -> tuple[str, ...]:
    attributes = [] if view.selectable else ["\\Noselect"]
    attributes.append("\\HasChildren" if view.children else "\\HasNoChildren")
    if show_subscribed and view.subscribed:
        attributes.append("\\Subscribed")
    if view.special is not None:
        attributes.append(view.special.value)
    return tuple(attributes)


def _parents(names: Iterable[str]) -> set[str]:
    """All names above these."""
    parents: set[str] = set()
    for name in names:
        head = name.rpartition(DELIMITER)[0]
        while head and head not in parents:
            parents.add(head)
            head = head.rpartition(DELIMITER)[0]
    return parents


# ---------------------------------------------------------------- patterns


def matcher(pattern: str) -> Callable[[str], bool]:
    """Does a name match? "*" is anything, "%" anything but the delimiter; INBOX has no case."""
    if len(pattern) > PATTERN_MAX:
        raise wrong("long-pattern")
    first, delimiter, rest = pattern.partition(DELIMITER)
    if first.upper() == INBOX:
        pattern = INBOX + delimiter + rest
    match = _Wildcards(pattern).match
    match_inbox = _Wildcards(pattern.upper()).match
    return lambda name: match(name) or (name == INBOX and match_inbox(name))


class _Wildcards:
    """All states of the pattern at once, as the bits of a number: linear whatever the pattern.

    A regular expression would try for ever on ``*a*a*a*a*…``. Bit *i* is set when the name so far
    can match the first *i* characters of the pattern.
    """

    def __init__(self, pattern: str) -> None:
        # Neighbours merged, so that one shift is enough to step over a wildcard that is empty.
        pattern = re.sub(r"[*%]*\*[*%]*", "*", pattern)
        pattern = re.sub(r"%+", "%", pattern)
        self._end = 1 << len(pattern)
        self._literal: dict[str, int] = {}
        self._any = self._level = 0
        for position, character in enumerate(pattern):
            bit = 1 << position
            if character == "*":
                self._any |= bit
            elif character == "%":
                self._level |= bit
            else:
                self._literal[character] = self._literal.get(character, 0) | bit
        self._wild = self._any | self._level

    def match(self, name: str) -> bool:
        states = 1 | ((1 & self._wild) << 1)
        for character in name:
            staying = states & (self._any if character == DELIMITER else self._wild)
            states = ((states & self._literal.get(character, 0)) << 1) | staying
            states |= (states & self._wild) << 1
            if not states:
                return False
        return bool(states & self._end)
