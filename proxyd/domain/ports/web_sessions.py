"""Who is signed in to the web pages, as rows: digests of tokens, never the tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from proxyd.domain.web_session import WebSession


class WebSessionStore(Protocol):
    """What is here goes with the person."""

    def add(
        self,
        account_id: int,
        digest: bytes,
        factors: Sequence[str],
        *,
        address: str,
        client: str,
    ) -> int:
        """Its number. Begun, used and proven now."""
        ...

    def find(self, digest: bytes) -> WebSession | None:
        """With the account as it is now."""
        ...

    def of(self, account_id: int) -> list[WebSession]:
        """The oldest first."""
        ...

    def numbered(self, numbers: Collection[int]) -> list[WebSession]:
        """Those of them that there are, each with its account as it is now."""
        ...

    def used_at(self, numbers: Collection[int]) -> Mapping[int, int]:
        """When those of them that there are were used last; one look at the table, for all."""
        ...

    def used(self, number: int) -> None: ...

    def proven(self, number: int, digest: bytes, factors: Sequence[str], at_us: int) -> None:
        """``factors`` are what was shown up to now, the last at ``at_us``: from now on it goes by
        another token.
        """
        ...

    def remove(self, number: int) -> bool:
        """Whether it was there."""
        ...

    def forget(self) -> int:
        """Of everybody. How many there were."""
        ...

    def older_than(self, begun_us: int) -> list[int]:
        """Numbers of those that began before then."""
        ...
