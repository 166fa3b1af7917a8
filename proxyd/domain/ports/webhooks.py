"""Webhooks as rows, and the way by which a notice goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from proxyd.domain.webhook import NoticeKind, Webhook


class WebhookStore(Protocol):
    """Secrets come and go sealed."""

    def add(
        self, mailbox_id: int, url: str, kinds: Sequence[NoticeKind], sealed: bytes, after: int
    ) -> Webhook:
        """``after``: the number of the last record that it is not told of."""
        ...

    def all(self) -> list[Webhook]:
        """In the order in which they were made."""
        ...

    def sealed(self, webhook_id: int) -> bytes | None: ...

    def set_sealed(self, webhook_id: int, sealed: bytes) -> None: ...

    def remove(self, webhook_id: int) -> None: ...

    def told(self, webhook_id: int, after: int, told_us: int | None) -> None:
        """All is well up to there. ``told_us``: None where there was nothing to be told."""
        ...

    def failed(self, webhook_id: int, since_us: int, failure: str, *, off: bool) -> None: ...

    def resume(self, webhook_id: int, after: int | None) -> None:
        """Begin again. ``after``: from there on; None: where it stopped."""
        ...


class NotTaken(Exception):
    """In a sentence for an admin, which names no secret."""


class NoticePost(Protocol):
    async def post(self, url: str, fields: Mapping[str, str], body: bytes) -> None:
        """Raises NotTaken."""
        ...
