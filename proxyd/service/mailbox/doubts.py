"""What somebody asked the provider for without hearing the end of it: their line broke, or ours, or
we died.

Whoever hears nothing, or NO, asks again, and would make a second copy of what was done. So what is
asked for again is looked for first. Never a reason to do nothing: what is not found is done.
Invariants: one doubt answers one command; whoever goes on talking has heard the answer, and asks
for another copy on purpose; on disk before the provider is asked, in the transaction that says so
(begun.py), until the answer was heard. Bounded: forgotten, a mail is there twice.

That an answer was heard is written with the next command, which costs no commit: a kill in between
leaves a doubt too many, and somebody's second copy of the same octets is the first one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.doubts import DoubtRow, What
from proxyd.domain.types import Clock
from proxyd.service.mailbox.model import Folder, Message

# People press Retry at once, programs come again with their next round.
REMEMBERED_US = 3600 * 1_000_000
# Of one mailbox: the mails of a dozen big moves. The oldest go first.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mail that one person wanted in a folder: one of the mailbox to be copied there, or one that
    is brought, by (Message-ID, octets).
    """

    account_id: int
    folder: Folder
    what: Message | tuple[str, int]


class Command:
    """That wants ``mails`` in a folder whose UIDNEXT is ``since`` when it is asked for."""

    def __init__(
        self,
        account_id: int,
        folder: Folder,
        mails: Iterable[Message | tuple[str, int]],
        *,
        moving: bool = False,
    ) -> None:
        self._moving = moving
        self.doubts = [Doubt(account_id, folder, what) for what in mails]
        self.since = folder.uidnext
        self.uidvalidity = folder.uidvalidity  # that it is meant under
        self.number = 0  # of its row, once it is there
        self._account_id = account_id
        self._folder = folder

    def row(self, now_us: int) -> DoubtRow:
        what = [_kept(doubt.what) for doubt in self.doubts]
        folder = self._folder
        facts = self._account_id, folder.id, self.uidvalidity, self.since, now_us, what
        return DoubtRow(*facts, self._moving)


@dataclass(frozen=True, slots=True)
class _Noted:
    since: int  # the folder's UIDNEXT before it was asked for
    uidvalidity: int  # under which; 0 = of a folder that was not read yet
    at_us: int
    number: int  # of the row that says so; 0 = none does


@dataclass(frozen=True, slots=True)
class MoveInDoubt:
    """Of a process that died in the middle of it: the mails may be in ``folder`` by now, from the
    UID ``since`` on, and where they were as well.
    """

    account_id: int
    folder: Folder
    messages: Sequence[Message]
    since: int


class Doubts:
    """Of one mailbox."""

    def __init__(self, mailbox_id: int, store: Database, clock: Clock) -> None:
        self._mailbox_id = mailbox_id
        self._store = store
        self._clock = clock
        self._noted: dict[Doubt, _Noted] = {}
        self._open = Counter[int]()  # row → how many that are noted it says
        self._heard: set[int] = set()  # rows that say nothing any more
        self.moves: list[MoveInDoubt] = []  # those that were left behind

    async def load(self, folders: Mapping[int, Folder], messages: Mapping[int, Message]) -> None:
        """What a process that died, or was stopped, has left behind."""
        for number, row in await self._store.read(lambda tx: tx.doubts.all(self._mailbox_id)):
            folder = folders.get(row.folder_id)
            # 0: of a folder that was not read yet then, all of it is looked through.
            if folder is None or row.uidvalidity not in (0, folder.uidvalidity):
                continue
            for kept in row.what:
                what = messages.get(kept) if isinstance(kept, int) else kept
                if what is not None:
                    noted = _Noted(row.uidnext, row.uidvalidity, row.at_us, number)
                    self._note(Doubt(row.account_id, folder, what), noted)
            known = [messages[one] for one in row.what if isinstance(one, int) and one in messages]
            if row.moving and known and self._clock() - row.at_us <= REMEMBERED_US:
                self.moves.append(MoveInDoubt(row.account_id, folder, known, row.uidnext))

    # ------------------------------------------------------------------ while it is asked for

    def beginning(self, command: Command) -> Callable[[Transaction], None]:
        """For the transaction before the provider is asked; or that of the result, where what comes
        in between is taken back.
        """
        # Done when it was asked for before, it lies further down; and may not be heard of again.
        known = (self._noted[one] for one in command.doubts if one in self._noted)
        before = [each.since for each in known if each.uidvalidity in (0, command.uidvalidity)]
        command.since = min([command.since, *before])
        # Should the commit fail, what was heard is forgotten with the time.
        heard, self._heard = self._heard, set()
        row = command.row(self._clock())

        def begin(tx: Transaction) -> None:
            tx.doubts.forget(self._mailbox_id, row.at_us - REMEMBERED_US)
            tx.doubts.finish(heard)
            command.number = tx.doubts.begin(self._mailbox_id, row)

        return begin

    def heard(self, command: Command) -> None:
        """Whoever asked for it knows what became of it; not of what was noted meanwhile."""
        if not self._open[command.number]:
            self._heard.add(command.number)

    async def close(self) -> None:
        heard, self._heard = self._heard, set()
        if heard:
            await self._store.write(lambda tx: tx.doubts.finish(heard))

    # ------------------------------------------------------------------ when it was not heard

    def note(self, command: Command, doubts: Iterable[Doubt], since: int) -> None:
        """Those of ``doubts`` that the command asked for, from the UID ``since`` on."""
        now_us = self._clock()
        for doubt in doubts:
            self._note(doubt, _Noted(since, command.uidvalidity, now_us, command.number))

    def _note(self, doubt: Doubt, noted: _Noted) -> None:
        self._open[noted.number] += 1
        before = self._drop(doubt)
        is_same = before is not None and before.uidvalidity in (0, noted.uidvalidity)
        since = min(before.since, noted.since) if before and is_same else noted.since
        self._noted[doubt] = replace(noted, since=max(since, 1))
        if len(self._noted) > MOST:
            self._drop(next(iter(self._noted)))

    def take(self, doubt: Doubt) -> int | None:
        """From which UID on it is to be looked for; None where there is no doubt, or the folder has
        another UIDVALIDITY since: then nobody can tell what is new there.
        """
        noted = self._drop(doubt)
        if noted is None or self._clock() - noted.at_us > REMEMBERED_US:
            return None
        return noted.since if noted.uidvalidity in (0, doubt.folder.uidvalidity) else None

    def _drop(self, doubt: Doubt) -> _Noted | None:
        """With the last one its row says nothing any more."""
        noted = self._noted.pop(doubt, None)
        if noted is not None:
            self._open[noted.number] -= 1
            if not self._open[noted.number]:
                del self._open[noted.number]
                self._heard.add(noted.number)
        return noted


def _kept(what: Message | tuple[str, int]) -> What:
    return what.id if isinstance(what, Message) else what
