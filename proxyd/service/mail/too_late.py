"""Who names a mail that waited, and waits no more: it has left, is back, or was approved.

UIDs that are not there are passed over (RFC 9051 §6.4.9). In the folders of what waits OK would be
a lie: the row goes from the list as if the mail had been stopped, and it is with the customer.
"""

from __future__ import annotations

from collections.abc import Collection

from proxyd.domain.errors import CannotDo
from proxyd.domain.outbox import SendState
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import View

_REASONS = {
    SendState.RELAYING: "has-left",
    SendState.RELAYED: "has-left",
    SendState.FILED: "has-left",
    SendState.UNCERTAIN: "has-left-perhaps",
    SendState.WITHDRAWN: "is-back",
    SendState.HELD: "is-approved",  # it waits in the other one of both folders
}
# It shows still: what is back is on its way to where it will lie.
_STAYING = (SendState.HELD, SendState.WITHDRAWN)


def reason_of(state: SendState | None) -> str:
    """A key of the replies table, for CannotDo. None: nobody knows any more."""
    return _REASONS.get(state, "waits-no-more") if state is not None else "waits-no-more"


async def check_in_time(
    room: Mailroom, view: View, uids: Collection[int], *, deletes: bool = False
) -> None:
    """Raises CannotDo where one of these waited here and does not any more; of several, the gravest
    is told. ``deletes``: what is back is out of here, as whoever deletes it wants it.
    """
    there = {m.uid for uid in uids if (m := view.members.get(uid)) is not None}
    gone = [uid for uid in uids if uid < view.uidnext and uid not in view.members]
    late = {room.waited.number(view, uid) for uid in gone}
    known = [*there, *(number for number in late if number is not None)]
    states = await room.shop.store.read(lambda tx: tx.outbox.states(known)) if known else {}
    late |= {number for number in there if states.get(number) not in _STAYING}
    found = {reason_of(states.get(number or 0)) for number in late}
    if deletes:
        found.discard(_REASONS[SendState.WITHDRAWN])
    for reason in (*_REASONS.values(), reason_of(None)):
        if reason in found:
            raise CannotDo(reason)
