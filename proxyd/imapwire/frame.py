"""What the framer makes of a client's octets, and how much of them it takes.

A Frame is one command with its literals resolved, not yet read by any grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from proxyd.imapwire.octets import Octets

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most octets of each kind; what is above them is refused before it is stored.

    ``line`` is the text of one command over all its lines, CRLF included, literals not: 64 KiB as
    Dovecot's imap_max_line_length; room for a UID set of several thousand scattered messages.
    ``literal`` is one string (name, password, search text), ``literals_total`` all of a command.
    ``append`` is a message: more than the 25 to 50 MB that big providers take; how much of them
    one APPEND may bring is said in ``literal_store``.
    Before sign-in a stranger gets only what a LOGIN or a SASL response with a token needs, or the
    longest ID: 30 pairs of 30 and 1,024 octets with their quotes (RFC 2971 §3.3).
    """

    line: int = 64 * 1024
    literal: int = 64 * 1024
    literals_total: int = 256 * 1024
    append: int = 64 * MIB
    unauthenticated_line: int = 32 * 1024
    unauthenticated_literal: int = 4 * 1024
    unauthenticated_literals_total: int = 16 * 1024


class Spool(Protocol):
    """Where big messages of one command go while they arrive. Octets come in order.

    A spool that cannot write (disk full) must not raise: it remembers, and ``finish`` returns an
    object that says so. The framer closes a spool whose literal never ends; what ``finish``
    returned must clean up when it is let go (the rest of the command may be refused). Several
    messages in one spool are told apart by ``part`` of what ``finish`` returned.
    """

    def write(self, data: bytes, /) -> object: ...

    def finish(self) -> Octets: ...

    def close(self) -> None:
        """Give back what it holds, at once; not after ``finish``."""
        ...


@runtime_checkable
class PartedOctets(Protocol):
    """What ``Spool.finish`` returns when there may be more than one message in it."""

    def part(self, start: int, size: int, /) -> Octets:
        """These octets of it, to be had for as long as the part is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal's octets: bytes, or what ``Spool.finish`` (or its ``part``) returned."""

    data: bytes | Octets
    size: int
    binary: bool = False  # literal8, "~{n}" (RFC 3516 §4.4)


@dataclass(frozen=True, slots=True)
class Frame:
    """One command: text pieces without line ends and literal markers, and literals in between.

    The first and the last part are always text (the last may be empty).
    """

    parts: tuple[bytes | Literal, ...]


@dataclass(frozen=True, slots=True)
class NeedContinuation:
    """Send "+ ..." now: the client waits for it before it sends its literal (RFC 9051 §4.3)."""


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line that is no command, without its line end: a SASL response, or DONE."""

    line: bytes


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Octets that are no command. ``fatal``: where the next command starts is unknown, so close.

    ``text`` is a short reason in ASCII, safe to send. ``tag`` is None where none could be read.
    """

    tag: bytes | None
    text: str
    fatal: bool = False
    too_big: bool = False  # it is a message that is more than ``Limits`` allow (RFC 4469 TOOBIG)


FramerEvent = Frame | NeedContinuation | RawLine | BadFrame
