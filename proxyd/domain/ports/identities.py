"""Which account belongs to whom at the identity provider, as rows; and the provider itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.single_sign_on import Identity, Returned, SignedOut, Way


@dataclass(frozen=True, slots=True)
class Binding:
    """``subject`` is never given to anybody else at the provider; a login there may be."""

    account_id: int
    issuer: str
    subject: str
    bound_us: int
    used_us: int


class IdentityStore(Protocol):
    """At most one for each account, and one account for each identity; goes with the person."""

    def of(self, account_id: int) -> Binding | None: ...

    def find(self, issuer: str, subject: str) -> Binding | None: ...

    def bind(self, account_id: int, issuer: str, subject: str) -> None:
        """Raises AlreadyExists where the account or the identity is bound."""
        ...

    def used(self, account_id: int) -> None: ...

    def unbind(self, account_id: int) -> bool:
        """Whether it was bound."""
        ...


class IdentityProvider(Protocol):
    """OpenID Connect, as one provider speaks it. All raise ProviderUnavailable where it does not
    answer in time, or not as a provider does.
    """

    @property
    def issuer(self) -> str: ...

    async def address(self, way: Way) -> str:
        """Where the browser goes to sign in."""
        ...

    async def identity(self, way: Way, returned: Returned) -> Identity:
        """Who came back. Raises SingleSignOnRefused for what is not proven."""
        ...

    async def sign_out_address(self, back: str) -> str:
        """Where the browser goes to sign out there too; "" where there is no such page."""
        ...

    async def signed_out(self, token: str) -> SignedOut:
        """Of whom the provider says so. Raises SingleSignOnRefused for what is not proven."""
        ...
