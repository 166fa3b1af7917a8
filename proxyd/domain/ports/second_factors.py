"""Second factors as rows, and the codes that an authenticator app shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from proxyd.domain.second_factor import SecondFactor


@dataclass(frozen=True, slots=True)
class TotpRow:
    """``sealed``: the secret, under the installation's key. ``confirmed_us`` None: it was shown,
    and no code of it was typed yet. ``last_step``: of the last good code; that one and those
    before it are used up. ``failures`` in a row, the last at ``failed_us``.
    """

    sealed: bytes = field(repr=False)
    confirmed_us: int | None
    last_step: int
    failures: int
    failed_us: int


class SecondFactorStore(Protocol):
    """At most one app for each person; what is here goes with the person."""

    def of(self, account_id: int) -> SecondFactor:
        """With the passkeys (ports.passkeys) counted."""
        ...

    def app(self, account_id: int) -> TotpRow | None: ...

    def set_app(self, account_id: int, row: TotpRow) -> None:
        """In place of the one that was there."""
        ...

    def apps(self) -> dict[int, TotpRow]:
        """By account id."""
        ...

    def set_recovery_codes(self, account_id: int, digests: Iterable[str]) -> None:
        """In place of all that were there."""
        ...

    def use_recovery_code(self, account_id: int, digest: str) -> bool:
        """Whether it was there; it is not any more."""
        ...

    def remove(self, account_id: int) -> None:
        """The app; and the recovery codes, where no passkey is left that they stand in for."""
        ...


class OneTimeCodes(Protocol):
    """RFC 6238, as authenticator apps do it."""

    def new_secret(self) -> str:
        """In base32, at least 160 random bits (RFC 4226 §4)."""
        ...

    def new_recovery_code(self) -> str:
        """120 random bits in base32."""
        ...

    def step_of(self, secret: str, code: str, at_us: int, after: int) -> int | None:
        """Of which time step it is the code; None where of none that may be used now, or of none
        after ``after``.
        """
        ...

    def address(self, secret: str, login: str, issuer: str) -> str:
        """``otpauth://…``, for a QR code."""
        ...
