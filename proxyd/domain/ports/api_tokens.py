"""Tokens of the HTTP API as rows: digests, never the tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from proxyd.domain.api_token import ApiScope, ApiToken


class ApiTokenStore(Protocol):
    """What is here goes with the person."""

    def add(
        self, account_id: int, name: str, scopes: Sequence[ApiScope], digest: bytes, expires_us: int
    ) -> int:
        """Its number."""
        ...

    def find(self, digest: bytes) -> ApiToken | None:
        """With the account as it is now."""
        ...

    def of(self, account_id: int) -> list[ApiToken]:
        """The oldest first."""
        ...

    def all(self) -> list[ApiToken]:
        """By login, then as made."""
        ...

    def used(self, number: int, *, address: str, client: str, came_in: bool) -> None:
        """Now. ``came_in``: that is recorded in this transaction."""
        ...

    def remove(self, number: int) -> bool:
        """Whether it was there."""
        ...
