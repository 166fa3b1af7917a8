"""The flags that a provider has left out of copies (COPY, MOVE).

Without the right to a flag in the target it copies and says OK, as it must (RFC 4314 §4), and so do
we: keywords are kept here, as ``hand_down`` does, and of the rest is said what has become of it.
What a folder keeps is the provider's word, asked for anew where it does not explain what is
lacking: a copy lacks also what somebody has taken away with webmail a moment ago, and that is not
set again.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo, UpstreamError
from proxyd.domain.left_out import lost_of
from proxyd.domain.types import SeenMode
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser


@dataclass(frozen=True, slots=True)
class CopiedFlags:
    """``lost``: of what was copied → its system flags that nobody keeps in the target; ``kept``: of
    copies → their keywords that we do.
    """

    lost: Mapping[Message, tuple[str, ...]]
    kept: Mapping[Message, tuple[str, ...]]

    @property
    def refused(self) -> CannotDo | None:
        return lost_of(self.lost.values())

    def by_lost(self, messages: Iterable[Message]) -> Mapping[tuple[str, ...], list[Message]]:
        """Messages that have lost the same."""
        found: defaultdict[tuple[str, ...], list[Message]] = defaultdict(list)
        for message in messages:
            found[self.lost.get(message, ())].append(message)
        return found

    def stage(self, change: Change) -> None:
        for copy, keywords in self.kept.items():
            flags, local = change.staged.flags_of(copy)
            change.set_flags(copy, flags, tuple(sorted({*local, *keywords})))


async def copied_flags(
    room: Mailroom, target: Folder, targets: Synchroniser, copies: Mapping[Message, Message]
) -> CopiedFlags:
    """``copies``: what was just copied → its copy in ``target``. Never fails."""
    lacking = {
        origin: flags
        for origin, copy in copies.items()
        if (flags := tuple(_lacking(room, origin, copy)))
    }
    unexplained = any(target.keeps(flag) for flags in lacking.values() for flag in flags)
    present = {flag for copy in copies.values() for flag in copy.flags}
    if unexplained or not all(map(target.keeps, present)):
        with contextlib.suppress(UpstreamError):  # then it is as we know
            await targets.learn_kept(target)
    lost, ours = dict[Message, tuple[str, ...]](), dict[Message, tuple[str, ...]]()
    for origin, flags in lacking.items():
        left = [flag for flag in flags if not target.keeps(flag)]
        if theirs := tuple(flag for flag in left if flag.startswith("\\")):
            lost[origin] = theirs
        if keywords := tuple(flag for flag in left if not flag.startswith("\\")):
            ours[copies[origin]] = keywords
    return CopiedFlags(lost, ours)


def _lacking(room: Mailroom, origin: Message, copy: Message) -> Iterator[str]:
    """But for what is everybody's own."""
    own = {DELETED, "\\Seen"} if room.mailbox.seen is SeenMode.PERSON else {DELETED}
    there = {flag.lower() for flag in copy.flags}
    return (flag for flag in origin.flags if flag not in own and flag.lower() not in there)
