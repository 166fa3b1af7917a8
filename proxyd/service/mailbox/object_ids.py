"""Ids of mails, conversations and mailboxes as clients are told them (RFC 8474).

Made of the numbers of the rows, which count through all shared mailboxes: told as they are, they
would let a person count what arrives where they have no grant. A keyed digest of a number tells
nothing of it, stays the same as long as the master key, and needs no column; a mail's takes half a
microsecond. See docs/decisions/008 and 026.
"""

from __future__ import annotations

from hashlib import blake2b

from proxyd.service.mailbox.model import Message, View

# Octets: among 2^48 mails two have the same with a chance of 2^-33.
LENGTH = 16


class ObjectIds:
    def __init__(self, key: bytes) -> None:
        """``key``: 32 octets, for nothing else."""
        self._begun = blake2b(key=key, digest_size=LENGTH)

    def of_mail(self, message: Message) -> str:
        """RFC 8474 §5.1: a copy's is that of its origin."""
        return f"M{self._digest(b'mail %d' % (message.origin or message.id))}"

    def of_thread(self, message: Message) -> str:
        """RFC 8474 §5.2: of the conversation that it came into."""
        return f"T{self._digest(b'thread %d' % message.thread)}"

    def of_mailbox(self, view: View, *, alias: bool) -> str:
        """RFC 8474 §4: stays through RENAME, and no two names of a tree have the same."""
        told = f"F{self._digest(b'view %d' % view.id)}"
        return f"{told}-mine" if alias else told

    def _digest(self, what: bytes) -> str:
        digest = self._begun.copy()
        digest.update(what)
        return digest.hexdigest()
