"""Commands to the provider, as text and literals, before they have a tag (RFC 9051 §2.2.1, §4.3).

Whether a literal waits for "+" is decided where it is sent, by what the server can. Must never know
a folder's state. The arguments of a command never appear in its ``name``, which goes into reasons
and logs: passwords are arguments.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire import encode
from proxyd.imapwire.numset import NumSet

# RFC 2683 §3.2.1.5: a server should take lines of 8000 octets; half of it is for the sets.
SET_OCTETS = 4000
# Those that are carried out in whatever folder is selected (RFC 9051 §6.4); of ours, that is all.
IN_A_FOLDER = frozenset(
    {"UID COPY", "UID EXPUNGE", "UID FETCH", "UID MOVE", "UID SEARCH", "UID STORE", "EXPUNGE"}
)
_LITERAL = re.compile(rb'"(?:[^"\\]++|\\.)*+"|\{([0-9]{1,10})\+?\}\r\n', re.DOTALL)


class Pause(Enum):
    """Points in a command where nothing more may be sent yet."""

    CONTINUATION = auto()  # until the server says "+"
    RELEASE = auto()  # until we want to go on ourselves (IDLE)


@dataclass(frozen=True, slots=True)
class CommandLiteral:
    octets: Blob
    binary: bool = False  # literal8 (RFC 3516 §4.4)


Part = bytes | CommandLiteral | Pause


@dataclass(frozen=True, slots=True)
class Opening:
    """What a SELECT or EXAMINE opens."""

    folder: str
    read_only: bool


@dataclass(frozen=True, slots=True, repr=False)
class UpstreamCommand:
    """``changes``: carried out twice, it would do harm, so it is never sent again by itself."""

    name: str
    parts: tuple[Part, ...]
    changes: bool = False
    opens: Opening | None = None

    def __repr__(self) -> str:
        return f"Command({self.name})"

    @property
    def in_a_folder(self) -> bool:
        """Whether it is about whatever folder is selected when the server reads it."""
        return self.name in IN_A_FOLDER


def simple(name: str, *arguments: bytes, changes: bool = False) -> UpstreamCommand:
    """A command whose arguments may hold small literals in wire form."""
    text = b" ".join((name.encode("ascii"), *arguments))
    return UpstreamCommand(name, tuple(parts(text)), changes)


def parts(text: bytes) -> Iterator[bytes | CommandLiteral]:
    """Take the literals out of wire text, where they stand with their markers and octets."""
    start = position = 0
    while (found := _LITERAL.search(text, position)) is not None:
        position = found.end()
        if found[1] is None:
            continue
        if found.start() > start:
            yield text[start : found.start()]
        start = position = found.end() + int(found[1])
        yield CommandLiteral(BytesBlob(text[found.end() : start]))
    if start < len(text):
        yield text[start:]


def open_folder(folder: str, wire_name: bytes, *, read_only: bool) -> UpstreamCommand:
    """SELECT, or EXAMINE, which doesn't touch ``\\Recent``."""
    name = "EXAMINE" if read_only else "SELECT"
    text = name.encode("ascii") + b" " + wire_name
    return UpstreamCommand(name, tuple(parts(text)), opens=Opening(folder, read_only))


def login(user: str, password: str) -> UpstreamCommand:
    words = encode.quote_or_literal(user.encode()), encode.quote_or_literal(password.encode())
    return UpstreamCommand("LOGIN", tuple(parts(b"LOGIN %b %b" % words)))


def authenticate_plain(user: str, password: str, *, initial: bool) -> UpstreamCommand:
    """SASL PLAIN (RFC 4616). ``initial``: the server has SASL-IR (RFC 4959), one trip less."""
    secret = base64.b64encode(b"\0%b\0%b" % (user.encode(), password.encode()))
    if initial:
        return UpstreamCommand("AUTHENTICATE", (b"AUTHENTICATE PLAIN " + secret,))
    return UpstreamCommand("AUTHENTICATE", (b"AUTHENTICATE PLAIN\r\n", Pause.CONTINUATION, secret))


def idle() -> UpstreamCommand:
    """RFC 2177: ends with DONE, which is sent when the connection is told to ``release``."""
    return UpstreamCommand("IDLE", (b"IDLE\r\n", Pause.CONTINUATION, Pause.RELEASE, b"DONE"))


def append(wire_name: bytes, mails: Sequence[AppendedMail]) -> UpstreamCommand:
    """``"APPEND" SP mailbox 1*append-message`` (RFC 9051 §6.3.12, RFC 3502 §6.3.11)."""
    pieces: list[Part] = []
    text = b"APPEND %b" % wire_name
    for mail in mails:
        text += b" "
        if mail.flags:
            text += encode.flag_list(mail.flags) + b" "
        if mail.internal_date is not None:
            text += b'"%b" ' % mail.internal_date.encode("ascii")
        pieces += [*parts(text), CommandLiteral(mail.content, mail.binary)]
        text = b""
    return UpstreamCommand("APPEND", tuple(pieces), changes=True)


def uid_command(
    name: str, uids: Sequence[int], *rest: bytes, changes: bool = False
) -> list[UpstreamCommand]:
    """One ``UID name`` for as many UIDs as a server's line takes."""
    return [
        simple(f"UID {name}", piece, *rest, changes=changes) for piece in uid_sets(uids, SET_OCTETS)
    ]


def uid_sets(uids: Iterable[int], octets: int) -> Iterator[bytes]:
    """The compact set of ``uids``, cut into sets of at most ``octets``."""
    pieces: list[bytes] = []
    size = 0
    for low, high in NumSet.of(uids).ranges:
        piece = b"%d" % low if low == high else b"%d:%d" % (low, high)
        if pieces and size + len(piece) >= octets:
            yield b",".join(pieces)
            pieces, size = [], 0
        pieces.append(piece)
        size += len(piece) + 1
    if pieces:
        yield b",".join(pieces)
