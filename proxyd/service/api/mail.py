"""Everything one signed-in person may do with mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from proxyd.domain.types import Account, Blob, Origin
from proxyd.service.api.appending import AppendResult, NewMessage, StoredPart
from proxyd.service.api.folder_tree import Namespaces, Special, ViewCounts, ViewInfo
from proxyd.service.api.following import Follower
from proxyd.service.api.open_view import Observer, OpenView
from proxyd.service.api.quota import QuotaRoot


class Mail(Protocol):
    """Everything one signed-in person may do with mail. One per IMAP connection."""

    @property
    def account(self) -> Account: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def language(self) -> str:
        """Of the first mailbox: "en" or "ja"; for sentences."""
        ...

    def identify(self, client: str) -> None:
        """What the client said of itself (ID); goes into the records from now on."""
        ...

    def namespaces(self) -> Namespaces: ...

    def views(self) -> list[ViewInfo]:
        """The whole folder tree of this person, parents before children."""
        ...

    def left_over_subscriptions(self) -> list[str]:
        """Names this person has subscribed to and that are not among ``views`` any more."""
        ...

    async def open(self, name: str, *, read_only: bool, observer: Observer) -> OpenView: ...

    async def counts(self, name: str) -> ViewCounts: ...

    async def append(self, name: str, messages: Sequence[NewMessage]) -> AppendResult:
        """Store messages, all or none. Raises CannotDo, UpstreamError, …"""
        ...

    async def check_append(self, name: str) -> None:
        """Before a message is put together for this view: raises what ``append`` would because of
        the view or the person.
        """
        ...

    async def record_refused_append(self, name: str, why: str) -> None:
        """What the edge could not take as a message goes into the access log too.

        ``name`` is "" where it was not read that far. Raises StoreUnavailable.
        """
        ...

    async def referred(self, reference: StoredPart) -> Blob:
        """The octets a CATENATE URL names, recorded as a copy. Raises NoSuchReference."""
        ...

    async def create(self, name: str, special: Special | None = None) -> str:
        """Returns the new view's id (``ViewCounts.mailbox_id``), or "" where it is gone already.

        Raises also UnknownSpecial where the upstream can't give a folder this use.
        """
        ...

    async def delete(self, name: str) -> None: ...

    async def rename(self, name: str, to: str) -> None: ...

    async def subscribe(self, name: str, *, subscribed: bool) -> None: ...

    async def quota(self, name: str) -> list[QuotaRoot]:
        """As the upstream tells it; empty where it has no quota. Raises NoSuchView."""
        ...

    async def quota_root(self, root: str) -> QuotaRoot:
        """The root of this name, as ``quota`` names it. Raises CannotDo("no-quota-root")."""
        ...

    async def rights(self, name: str) -> str:
        """What this person may do there, as letters (RFC 4314 §2.1). Raises NoSuchView."""
        ...

    async def grants(self, name: str) -> list[tuple[str, str]]:
        """(login, letters): everybody's with the right *manage*, else this person's alone.

        Raises NoSuchView.
        """
        ...

    async def decline(self, name: str, what: str) -> None:
        """For what only the admin may change, "rights" or "quota": recorded, and never done.

        Raises CannotDo(what), and NoSuchView where ``name`` is a view that does not exist; "" is
        none.
        """
        ...

    async def annotations(self, name: str) -> Mapping[str, bytes]:
        """Entry → value (RFC 5464): this person's /private/…, and everybody's /shared/….

        ``name`` is "" for the server's own.
        """
        ...

    async def annotate(self, name: str, changes: Mapping[str, bytes | None]) -> None:
        """None removes. Raises NotPermitted, and CannotDo for too many or too long ones."""
        ...

    def follow(self, follower: Follower | None) -> None:
        """Tell ``follower`` of all views from now on, or nobody."""
        ...

    def heard(self) -> None:
        """The client goes on: it has heard what became of its last command."""
        ...

    async def close(self) -> None:
        """Signed out or disconnected (logged)."""
        ...


class Front(Protocol):
    async def enter(self, account: Account, login: str, origin: Origin) -> Mail:
        """The mail of a signed-in account. ``login`` as typed: ``anna*support`` puts the mailbox
        *support* alone at the root. Raises NoSuchView for a mailbox without a grant.
        """
        ...
