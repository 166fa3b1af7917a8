"""Which hashes stand for one and the same password: those that were made anew when somebody signed
in, with the parameters that count now. No session ends and no sign-in fails because of it.

In memory: the process that made a hash anew serves the sessions that began with the former one.
"""

from __future__ import annotations


class RenewedHashes:
    """Invariant: a password that was changed has a hash that is the same as no other one."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}  # bounded by people: each once, in a process

    def note(self, former: str, renewed: str) -> None:
        self._first[renewed] = self._first.get(former, former)

    def same(self, one: str | None, other: str | None) -> bool:
        if one is None or other is None:
            return one is other
        return self._first.get(one, one) == self._first.get(other, other)
