"""What was answered to whom under which Idempotency-Key, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is carried out once: by which token, under which key; ``digest`` is of all
    that was asked.
    """

    token: int
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """``sealed`` None: it is carried out, and nobody has written down what was answered."""

    digest: bytes
    sealed: bytes | None


class ApiAnswerStore(Protocol):
    """What is here goes with the token."""

    def find(self, token: int, key: str, since_us: int) -> KnownAnswer | None:
        """One that was begun since then."""
        ...

    def begin(self, asked: Asked, since_us: int) -> bool:
        """False where there is one since then, under this key. An older one makes room."""
        ...

    def answered(self, asked: Asked, sealed: bytes) -> None:
        """Also where it was not begun: a refusal changes nothing."""
        ...

    def all(self) -> list[tuple[int, str, bytes]]:
        """Token, key and sealed answer of those that have one."""
        ...

    def forget(self, before_us: int) -> int:
        """How many there were from before then."""
        ...
