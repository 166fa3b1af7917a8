"""Sending: the envelope, the refusals, the way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from proxyd.domain.errors import RelayUnavailable
from proxyd.domain.types import Account, Origin


@dataclass(frozen=True, slots=True)
class Submitted:
    """The message is with the upstream server. ``waits``: it is durable here, and leaves later, or
    (``asks``) when it is approved. ``repeated``: that was so already, and it is not sent again.
    """

    message_id: str
    repeated: bool = False
    waits: bool = False
    asks: bool = False


class Guarded(Exception):
    """A guard stopped the mail (550 5.7.1). ``guard`` and ``facts`` choose the sentence.

    Guards: "answered", "done", "hold" (facts name, when; ``status`` what it is called, where it
    is no "on hold"), "claimed", "sending" (name) and
    "uncertain" (when). ``when`` is in microseconds since the epoch (0: not known), ``pause`` in
    seconds, both as decimal text; ``how`` the mail can be sent all the same is "pause", "mark",
    "mark-instead" (of a pause that was not kept) or "". ``answered`` is there where a mail is done
    because of an answer. ``language`` and ``zone`` are the mailbox's; None is the machine's zone.
    """

    def __init__(
        self, guard: str, language: str, facts: Mapping[str, str], zone: tzinfo | None = None
    ) -> None:
        super().__init__(guard, facts)
        self.guard = guard
        self.language = language
        self.facts = facts
        self.zone = zone


class PerhapsSent(RelayUnavailable):
    """The line broke when the mail may have gone out (554 5.4.2). ``facts`` say how it can be sent
    all the same, as those of Guarded do.
    """

    def __init__(self, reason: str, language: str, facts: Mapping[str, str]) -> None:
        super().__init__(reason, uncertain=True)
        self.language = language
        self.facts = facts


class SenderNotAllowed(Exception):
    """553 5.7.1: ``allowed`` are the addresses this person may write from."""

    def __init__(self, sender: str, allowed: Sequence[str], language: str) -> None:
        super().__init__(sender)
        self.sender = sender
        self.allowed = tuple(allowed)
        self.language = language


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: str  # MAIL FROM, "" for <>
    recipients: tuple[str, ...]
    message: bytes  # with CRLF, dot-stuffing undone


class Submission(Protocol):
    def allowed_senders(self, account: Account) -> Sequence[str]:
        """The addresses of the mailboxes this person may answer from (right *respond*)."""
        ...

    def language(self, account: Account) -> str:
        """Of the first mailbox this person may answer from: "en" or "ja"; for sentences."""
        ...

    def check_sender(self, account: Account, sender: str) -> None:
        """At MAIL FROM already. Raises SenderNotAllowed; "" passes."""
        ...

    async def record_refused_sender(
        self, account: Account, refusal: SenderNotAllowed, origin: Origin
    ) -> None:
        """What ``check_sender`` stopped goes into the access log too. Raises StoreUnavailable."""
        ...

    async def submit(self, account: Account, envelope: Envelope, origin: Origin) -> Submitted:
        """Guards, relay, record. Returns once upstream said 250 and that is durable here.

        Raises Guarded, SenderNotAllowed, RelayRefused, RelayUnavailable, StoreUnavailable, Busy,
        CannotDo("malformed").
        """
        ...
