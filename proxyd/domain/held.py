"""Mails that wait with us before they leave: for their time (*Leaving*), or for somebody's approval
(*To approve*). Pure; docs/decisions/051-leaving.md.

Invariant: what has a place to come back to (``into``) never leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# As those of the notes: no provider lists such folders (domain/notes.py).
LEAVING = "\x7fproxyd leaving"
TO_APPROVE = "\x7fproxyd to approve"
APPROVE = "\x7fproxyd approve"  # what is dropped there is approved, and lies there never
LEAVING_ATTRIBUTE = "\\proxyd-leaving"
TO_APPROVE_ATTRIBUTE = "\\proxyd-to-approve"
APPROVE_ATTRIBUTE = "\\proxyd-approve"
FOLDERS = {
    LEAVING: LEAVING_ATTRIBUTE,
    TO_APPROVE: TO_APPROVE_ATTRIBUTE,
    APPROVE: APPROVE_ATTRIBUTE,
}

MOST_DELAY_S = 3600

DRAFTS, TRASH = "drafts", "trash"  # where what does not leave goes


@dataclass(frozen=True, slots=True)
class HeldMail:
    """``sending_id``: of its row in the outbox, and its UID. ``leaves_us``: None while it waits for
    approval. ``consents``: what its writer has sent it in spite of (consent_to), told or not: of
    whose turn it is one reason is told, and covers the others. ``mark``: the flag that its writer's
    client gives to what it answers, and ``unmarked`` the Message-IDs of those that had not got it.
    ``why``: what its writer is told when it comes back. ``writer_gone``: their login was removed.
    """

    sending_id: int
    at_us: int  # when it was taken
    leaves_us: int | None
    consents: tuple[str, ...] = ()
    mark: str = ""
    unmarked: tuple[str, ...] = ()
    approved_by: str = ""
    into: str = ""
    by: str = ""  # who has taken it back; "" for proxyd
    why: Mapping[str, str] = field(default_factory=dict)
    writer_gone: bool = False  # said by the outbox

    def leaves_by(self, delay_s: int) -> int | None:
        """Where the mailbox's delay has become less meanwhile, sooner. When it was approved nobody
        knows: that keeps its time.
        """
        if self.leaves_us is None or self.approved_by:
            return self.leaves_us
        return min(self.leaves_us, self.at_us + delay_s * 1_000_000)

    @property
    def stays(self) -> bool:
        return bool(self.into)
