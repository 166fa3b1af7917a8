"""Signing in, and ending the connections of who may not any more."""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.types import Account, Origin


class OpenSession(Protocol):
    """An open connection of a signed-in person, as the accounts service sees it."""

    def end(self, reason: str) -> None:
        """Close it now: the account was disabled or removed, or the server stops.

        ``reason`` is a key of the replies tables: "disabled", "app-password-removed", "shutdown".
        """
        ...


class SignIn(Protocol):
    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        """The account of ``login``, after a record in the access log.

        ``login`` may name a mailbox, or be its address (domain/user_name.py; see
        ``Front.enter``); without a grant for it nobody comes in, at no door. Inside, who signed in
        for one mailbox may send from all that the person is granted: guards go by the person.

        Raises SignInFailed (also logged), Busy, StoreUnavailable; at the door
        "smtp" NothingToSendFrom (logged too) for a right password without a mailbox to answer from;
        at both doors for mail ReadsNoMail for that of an admin without a grant, or of an auditor,
        NoMailboxYet at every door for who asks for a mailbox and has none at all;
        and NeedsAppPassword for one's own where mail wants an application password.
        """
        ...

    def knows(self, address: str) -> bool:
        """Has somebody signed in from there lately? Who comes from elsewhere makes room first."""
        ...

    def register(self, account: Account, session: OpenSession) -> None: ...

    async def identified(self, account: Account, session: OpenSession, client: str) -> None:
        """A registered one says later what it is (IMAP ID): "last used" of its application password
        names it.
        """
        ...

    def unregister(self, account: Account, session: OpenSession) -> None: ...
