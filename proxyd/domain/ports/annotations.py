"""Annotations of folders and of the server (RFC 5464)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class AnnotationStore(Protocol):
    """A view of None is the server, an account of None everybody (RFC 5464)."""

    def of_view(self, view_id: int | None, account_id: int) -> dict[str, bytes]:
        """Entry → value: this person's and everybody's."""
        ...

    def count_of_account(self, account_id: int) -> int: ...

    def count_shared(self, view_id: int) -> int: ...

    def change(
        self, view_id: int | None, account_id: int | None, changes: Mapping[str, bytes | None]
    ) -> None: ...
