"""UNCHANGEDSINCE (RFC 7162 §3.1.3): which messages of a STORE are to be left alone.

A message counts as changed when its mod-sequence is greater than what the client knows, and also
while somebody else's change of its flags is on the way to the provider: of two conditional stores
at once one fails. Looks at the truth only at the moment it is asked; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The condition of one person's STORE; ``since`` None = none."""

    room: Mailroom
    account_id: int
    since: int | None

    def failing(self, messages: Iterable[Message]) -> set[Message]:
        """Before the provider is asked."""
        if self.since is None:
            return set()
        return {m for m in messages if self._changed(m) or m in self.room.flags_under_way}

    def failing_late(self, messages: Iterable[Message], asked: set[Message]) -> set[Message]:
        """Inside the change: what others have changed while we waited.

        What the provider has been ``asked`` for is done. Its new flags may have come in already,
        with a new mod-sequence, by way of the synchronisation: only what is ours alone is looked
        at (RFC 7162 §3.1.3 speaks of "each metadata item" that the STORE is about).
        """
        if self.since is None:
            return set()
        return {m for m in messages if (self._ours_changed(m) if m in asked else self._changed(m))}

    def _changed(self, message: Message) -> bool:
        return self.since is not None and message.modseq_for(self.account_id) > self.since

    def _ours_changed(self, message: Message) -> bool:
        own = abs((message.seen_by or {}).get(self.account_id, 0))
        return self.since is not None and max(own, message.conversation.modseq) > self.since
