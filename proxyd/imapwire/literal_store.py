"""Where the literals of one command go while they arrive, and how much of them is taken.

Strings stay in memory, within their limits. The messages of APPEND stay there up to ``SPOOL_FROM``
octets, all of a command together; what is above goes to one spool, however many they are: memory
and open files are bounded for each connection. Must never know what a command means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxyd.imapwire.frame import Limits, Literal, PartedOctets, Spool
from proxyd.imapwire.octets import Octets

SPOOL_FROM = 256 * 1024  # most mail is far below
# All messages of one APPEND, as a multiple of ``Limits.append``: a draft that is put together of
# its attachments (RFC 4469), or a folder's worth of small mail (RFC 3502). Clients with more send
# several commands; the disk must hold it once for each connection.
APPEND_FACTOR = 2
# Alpine sends all the mails that its user marked in one APPEND: that many nobody marks.
MAX_LITERALS = 1000
TOO_LARGE = "Literal is too large"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A literal within the spool, from octet ``start`` on, until ``finish``."""

    start: int
    size: int
    binary: bool


class LiteralStore:
    """The literals of one command. ``begin``, ``write`` until it is whole, ``end``; and again."""

    def __init__(
        self, limits: Limits, spool: Callable[[int], Spool] | None, *, authenticated: bool
    ) -> None:
        self._limits = limits
        self._open_spool = spool
        self._authenticated = authenticated
        self._count = 0
        self._strings = 0  # octets, against Limits.literals_total
        self._messages = 0  # octets, against Limits.append
        self._in_memory = 0  # octets of messages, against SPOOL_FROM
        self._spool: Spool | None = None
        self._spooled = 0  # octets
        self._to_spool = False
        self._data = bytearray()
        self._size = 0
        self._binary = False

    def refusal(self, size: int, *, message: bool) -> str | None:
        """Why a literal of this size is not taken; None: it is."""
        limits = self._limits
        self._count += 1
        if self._count > MAX_LITERALS:
            return "Too many literals"
        if message:
            self._messages += size
            fits = size <= limits.append and self._messages <= APPEND_FACTOR * limits.append
        else:
            self._strings += size
            one, total = limits.literal, limits.literals_total
            if not self._authenticated:
                one, total = limits.unauthenticated_literal, limits.unauthenticated_literals_total
            fits = size <= one and self._strings <= total
        return None if fits else TOO_LARGE

    def begin(self, size: int, *, message: bool, binary: bool) -> None:
        self._size = size
        self._binary = binary
        self._data = bytearray()
        self._to_spool = False
        if not message or self._open_spool is None:
            return
        if self._in_memory + size <= SPOOL_FROM:
            self._in_memory += size
            return
        self._to_spool = True
        if self._spool is None:
            self._spool = self._open_spool(size)

    def write(self, data: bytes) -> None:
        if self._to_spool and self._spool is not None:
            self._spool.write(data)
        else:
            self._data += data

    def end(self) -> Literal | Spooled:
        """The literal is whole."""
        data, self._data = bytes(self._data), bytearray()
        if not self._to_spool:
            return Literal(data, self._size, self._binary)
        start = self._spooled
        self._spooled += self._size
        return Spooled(start, self._size, self._binary)

    def finish(self, parts: Sequence[bytes | Literal | Spooled]) -> tuple[bytes | Literal, ...]:
        """The parts of the command, with what was spooled in its place."""
        whole: Octets | None = None
        if self._spool is not None:
            whole, self._spool = self._spool.finish(), None
        return tuple(
            self._literal(whole, part) if isinstance(part, Spooled) else part for part in parts
        )

    def close(self) -> None:
        """The command never ends: nothing of it is kept."""
        self._data = bytearray()
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def _literal(self, whole: Octets | None, part: Spooled) -> Literal:
        assert whole is not None
        if part.size == self._spooled:
            return Literal(whole, part.size, part.binary)
        assert isinstance(whole, PartedOctets)
        return Literal(whole.part(part.start, part.size), part.size, part.binary)
