"""Signing in, and ending the connections of who may not any more."""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.types import Account, Origin


class OpenSession(Protocol):
    """An open connection of a signed-in person, as the accounts service sees it."""

    def end(self, reason: str) -> None:
        """Close it now: the account was disabled or removed, or the server stops.

        ``reason`` is a key of the replies tables: "disabled", "shutdown".
        """
        ...


class SignIn(Protocol):
    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        """The account of ``login``, after a record in the access log.

        ``login`` may carry ``*MAILBOX`` (see ``Front.enter``); it is cut off here. Raises
        SignInFailed (also logged), Busy, StoreUnavailable; at the door "smtp" NothingToSendFrom
        (logged too) for a right password without a mailbox to answer from.
        """
        ...

    def register(self, account: Account, session: OpenSession) -> None: ...

    def unregister(self, account: Account, session: OpenSession) -> None: ...
