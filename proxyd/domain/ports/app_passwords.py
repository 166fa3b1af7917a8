"""Application passwords of people: digests, never the passwords."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from proxyd.domain.app_passwords import AppPassword, Scope
from proxyd.domain.types import Origin


class AppPasswordStore(Protocol):
    def add(
        self, account_id: int, name: str, scopes: Iterable[Scope], digest: bytes
    ) -> AppPassword:
        """Raises AlreadyExists where the person has one of that name."""
        ...

    def of(self, account_id: int) -> list[AppPassword]:
        """In the order in which they were made."""
        ...

    def counts(self) -> dict[int, int]:
        """How many each account has that has any."""
        ...

    def ids(self) -> frozenset[int]:
        """Of all that there are: who was let in by another one must leave."""
        ...

    def find(self, digests: Iterable[bytes]) -> list[AppPassword]:
        """Whoever has them."""
        ...

    def used(self, app_password_id: int, origin: Origin) -> None:
        """Write it down, unless that was done within the last minute. What a client says of itself
        stays known where it says nothing this time.
        """
        ...

    def named_client(self, app_password_id: int, client: str) -> None:
        """What the client of the last use says of itself, where it says so later."""
        ...

    def remove(self, app_password_id: int) -> None: ...
