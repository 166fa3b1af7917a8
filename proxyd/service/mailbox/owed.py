"""Changes of flags that were acknowledged here and that the provider has still to be told.

While the line is down, or no answer comes in time (ANSWER_S), a STORE is carried out here and
owed there. Until it is delivered (owed_delivery.py) what is owed wins over whatever a look at the
provider says.

Invariants: here stands what is on disk (rows.py, loading.py); of each message and flag only what
was wanted last is owed, so that to deliver it twice is to deliver it once; while a question about a
folder is unanswered (``late``) nothing else of that folder is delivered, so that an old wish never
overtakes a new one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.types import LogRecord
from proxyd.service.mailbox.model import Folder, Message

# A person at a client takes two seconds for slow and five for broken; a provider that answers at
# all answers a STORE of a handful within one.
ANSWER_S = 2.0
# Some 20 MB here and on disk: ten thousand mails marked with five flags each, and then it is time
# to say no.
MOST_OWED = 50_000

_NOTHING: Mapping[str, OwedFlag] = {}


class Owed:
    """Of one mailbox. Only ``effects.py`` and ``loading.py`` put in and take out."""

    def __init__(self) -> None:
        self._folders: dict[Folder, dict[Message, dict[str, OwedFlag]]] = {}
        self._count = 0
        self._late: defaultdict[Folder, set[asyncio.Task[object]]] = defaultdict(set)
        self.wanted = asyncio.Event()  # there is something to deliver, and perhaps a line

    def __len__(self) -> int:
        return self._count

    @property
    def since_us(self) -> int:
        """Of the oldest; 0 where nothing is owed."""
        every = (flag.at_us for folder in self._folders.values() for flag in _flags(folder))
        return min(every, default=0)

    def of(self, message: Message) -> Mapping[str, OwedFlag]:
        """By word (the flag in lower case)."""
        return self._folders.get(message.folder, {}).get(message, _NOTHING)

    def folders(self) -> list[Folder]:
        return list(self._folders)

    def behind(self, folder: Folder) -> bool:
        """Whether the provider does not know the last of this folder."""
        return folder in self._folders

    def in_folder(self, folder: Folder) -> Mapping[Message, Mapping[str, OwedFlag]]:
        return self._folders.get(folder, {})

    def put(self, message: Message, flag: OwedFlag) -> None:
        flags = self._folders.setdefault(message.folder, {}).setdefault(message, {})
        self._count += flag.word not in flags
        flags[flag.word] = flag

    def take(self, message: Message, news: Mapping[str, OwedFlag | None]) -> None:
        """By word; None is not owed any more."""
        left = {word: flag for word, flag in {**self.of(message), **news}.items() if flag}
        self.forget(message)
        for flag in left.values():
            self.put(message, flag)

    def forget(self, message: Message) -> None:
        """Nothing of it is owed any more."""
        messages = self._folders.get(message.folder, {})
        self._count -= len(messages.pop(message, ()))
        if not messages:
            self._folders.pop(message.folder, None)

    # ------------------------------------------------------------------ without an answer

    def late(self, folders: Iterable[Folder], asked: asyncio.Task[object]) -> None:
        """The provider was asked, and nobody waits for the answer any more."""
        for folder in folders:
            waiting = self._late[folder]
            waiting.add(asked)
            asked.add_done_callback(waiting.discard)
        asked.add_done_callback(_heard)

    async def answered(self, folder: Folder) -> None:
        """Wait until nothing that was asked of this folder is without an answer."""
        while waiting := self._late.get(folder):
            await asyncio.wait(set(waiting))


def _heard(task: asyncio.Task[object]) -> None:
    """Whatever came of it, it is delivered once more."""
    if not task.cancelled():
        task.exception()


def _flags(messages: Mapping[Message, Mapping[str, OwedFlag]]) -> Iterable[OwedFlag]:
    return (flag for flags in messages.values() for flag in flags.values())


def overlaid(flags: tuple[str, ...], owed: Mapping[str, OwedFlag]) -> tuple[str, ...]:
    """What the provider has, as it will be once it knows what is owed."""
    if not owed:
        return flags
    left = [flag for flag in flags if flag.lower() not in owed]
    return tuple(sorted([*left, *(each.flag for each in owed.values() if each.wanted)]))


def dropped(mailbox: str, message: Message, flags: Iterable[OwedFlag], why: str) -> list[LogRecord]:
    """What was acknowledged and can't be done: one record for each person who wanted it."""
    by_actor: defaultdict[str, list[OwedFlag]] = defaultdict(list)
    for flag in flags:
        by_actor[flag.actor].append(flag)
    return [
        LogRecord(
            action="flag",
            outcome="failed",
            actor=actor,
            mailbox=mailbox,
            view=message.folder.name,
            message_id=message.message_id,
            subject_digest=message.subject_digest,
            conversation=message.conversation.id,
            detail={
                "why": why,
                "add": [each.flag for each in owed if each.wanted],
                "remove": [each.flag for each in owed if not each.wanted],
                "owed_us": min(each.at_us for each in owed),
            },
        )
        for actor, owed in by_actor.items()
    ]


def dropped_with(mailbox: str, owed: Owed, messages: Iterable[Message]) -> list[LogRecord]:
    """For messages that somebody else has removed upstream."""
    if not len(owed):
        return []
    return [
        record
        for message in messages
        for record in dropped(mailbox, message, owed.of(message).values(), "gone")
    ]
