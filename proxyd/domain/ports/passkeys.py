"""Passkeys as rows, and the reader of what browsers answer (WebAuthn)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from proxyd.domain.passkey import Passkey, Site
from proxyd.domain.types import Account, Origin


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a device has made: the public half, which is no secret."""

    credential: bytes  # its id, random, at least 16 octets
    public_key: bytes  # COSE
    counter: int
    synced: bool = False


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """``counter``: of signatures, as told last; 0: this one does not count."""

    passkey: Passkey
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    counter: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an answer at signing in says of itself, and nobody has checked yet. ``handle``: whose
    it is; None where it leaves that out.
    """

    challenge: bytes = field(repr=False)
    credential: bytes = field(repr=False)
    handle: bytes | None = field(repr=False)


class PasskeyStore(Protocol):
    """What is here goes with the person. What is added and removed moves the epoch on."""

    def of(self, account_id: int) -> list[PasskeyRow]:
        """In the order in which they were made."""
        ...

    def find(self, credential: bytes) -> tuple[PasskeyRow, str] | None:
        """Whoever has it, with their login."""
        ...

    def add(self, account_id: int, name: str, made: NewCredential) -> Passkey:
        """Raises AlreadyExists where somebody has that credential."""
        ...

    def rename(self, passkey_id: int, name: str) -> None: ...

    def used(self, passkey_id: int, counter: int, origin: Origin) -> None: ...

    def remove(self, passkey_id: int) -> None: ...

    def remove_all(self, account_id: int) -> int:
        """With the handle, so that what a device has kept is nobody's. How many there were."""
        ...

    def handle(self, account_id: int) -> bytes | None:
        """What the person is called towards devices; None: never had a passkey."""
        ...

    def set_handle(self, account_id: int, handle: bytes) -> None: ...


class PasskeyReader(Protocol):
    """Asks browsers, and reads what they answer. Whatever an answer is made of, it is either right
    or raises PasskeyRefused. The user's verification is demanded in each.
    """

    def ask_new(
        self,
        site: Site,
        account: Account,
        handle: bytes,
        challenge: bytes,
        there: Iterable[bytes],
    ) -> str:
        """JSON for ``parseCreationOptionsFromJSON``. ``there``: credentials that the person has, so
        that a device makes no second one.
        """
        ...

    def ask_known(self, site: Site, challenge: bytes, theirs: Iterable[bytes]) -> str:
        """JSON for ``parseRequestOptionsFromJSON``. ``theirs``: none to take anybody's."""
        ...

    def challenge(self, response: str) -> bytes:
        """Which one an answer with a new passkey claims to be for."""
        ...

    def claimed(self, response: str) -> Claimed:
        """What an answer with a known one says of itself."""
        ...

    def new(self, response: str, site: Site, challenge: bytes) -> NewCredential: ...

    def known(self, response: str, site: Site, challenge: bytes, public_key: bytes) -> int:
        """The counter, as told; whether it went on is for the caller to look at."""
        ...
