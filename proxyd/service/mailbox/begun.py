"""On disk before the provider is asked: what is about to be done, and by whom.

The provider's work and our commit can't be one transaction. Whoever dies in between leaves a row
behind, and the next start makes a record of it (promise 5). Invariant: the row goes in the
transaction that brings the real record, or later.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from proxyd.domain.errors import ProxydError, StoreUnavailable, UpstreamUnavailable
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, LogRecord
from proxyd.service.mailbox.doubts import Command, Doubts

Finish = Callable[[Transaction], None]


class Begun:
    """Of one mailbox."""

    def __init__(self, mailbox_id: int, store: Database, clock: Clock, doubts: Doubts) -> None:
        self._mailbox_id = mailbox_id
        self._store = store
        self._clock = clock
        self._doubts = doubts
        # Rows of what went wrong: its record is written by whoever heard of it, a moment later.
        self._over: set[int] = set()

    @contextlib.asynccontextmanager
    async def asking(
        self, records: Sequence[LogRecord], command: Command | None = None
    ) -> AsyncIterator[Finish]:
        """Ask the provider inside, and carry the result out in the transaction of the real record.

        ``command``: what done twice would be there twice. Raises StoreUnavailable before anything
        was asked.
        """
        over = frozenset(self._over)
        doubt = self._doubts.beginning(command) if command is not None else None

        def begin(tx: Transaction) -> int:
            tx.begun.finish(over)
            if doubt is not None:
                doubt(tx)
            return tx.begun.begin(self._mailbox_id, self._clock(), records)

        number = await self._store.write(begin)
        self._over -= over
        try:
            yield lambda tx: tx.begun.finish({number})
        except StoreUnavailable:
            # It may be done and can't be recorded now: the next start does.
            if command is not None:
                self._doubts.note(command, command.doubts, command.since)
            raise
        except ProxydError as error:
            self._over.add(number)
            if command is not None and not isinstance(error, UpstreamUnavailable):
                self._doubts.heard(command)
            raise

    async def close(self) -> None:
        """What went wrong is on record by now."""
        await self._doubts.close()
        over = frozenset(self._over)
        if over:
            await self._store.write(lambda tx: tx.begun.finish(over))
            self._over -= over


def interrupted(tx: Transaction, mailbox_id: int) -> tuple[list[LogRecord], Finish]:
    """Records of what was begun before a crash, and what takes the rows away with them."""
    rows = tx.begun.interrupted(mailbox_id)
    numbers = {number for number, _, _ in rows}
    records = [told(record, at_us) for _, at_us, each in rows for record in each]
    return records, lambda tx: tx.begun.finish(numbers)


def told(record: LogRecord, at_us: int, outcome: str = "unsure") -> LogRecord:
    """Whether the provider has done it is seen in the folder: we have not heard."""
    detail = {**record.detail, "why": "interrupted", "begun_us": at_us}
    return replace(record, outcome=outcome, detail=detail)
