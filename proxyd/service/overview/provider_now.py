"""How the provider of a shared mailbox is, in a few words of ours: never in the provider's."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from proxyd.service.mailbox.condition import TroubleKind
from proxyd.service.mailbox.mailroom import Mailroom


class Ailment(StrEnum):
    """What is wrong, the worst first."""

    REFUSED = "refused"  # the password is not taken: an admin must act
    DOWN = "down"  # it does not answer
    STARTING = "starting"  # nothing was heard of it yet
    INBOX = "inbox"  # what comes in can't be read
    LEAVING = "leaving"  # what was sent waits
    FOLDER = "folder"
    MAILS = "mails"
    NAMES = "names"
    NONE = ""


@dataclass(frozen=True, slots=True)
class ProviderNow:
    """``since_us``: since when it answers, or does not. ``changes`` grows with every change of the
    mailbox that anybody can see. ``connections`` of ``allowed`` are open.
    """

    ailment: Ailment
    up: bool
    since_us: int
    changes: int = field(compare=False)
    connections: int
    allowed: int


def provider_now(room: Mailroom) -> ProviderNow:
    connections, allowed = room.upstream.in_use()
    return ProviderNow(
        _ailment(room),
        room.line_up,
        room.conditions.line_since_us,
        room.state.modseq,
        connections,
        allowed,
    )


def _ailment(room: Mailroom) -> Ailment:
    conditions = room.conditions
    if not room.line_up:
        if room.sign_in_refused:
            return Ailment.REFUSED
        return Ailment.DOWN if conditions.heard else Ailment.STARTING
    kinds = {one.kind for one in conditions.all()}
    if any(one.serious for one in conditions.all()):
        return Ailment.INBOX
    return next((word for kind, word in _WORDS.items() if kind in kinds), Ailment.NONE)


_WORDS = {
    TroubleKind.LEAVING: Ailment.LEAVING,
    TroubleKind.FOLDER: Ailment.FOLDER,
    TroubleKind.MAILS: Ailment.MAILS,
    TroubleKind.NAMES: Ailment.NAMES,
}
