"""Commands that have no arguments (RFC 9051 §6, CHECK RFC 3501 §6.4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Capability:
    """``CAPABILITY`` (RFC 9051 §6.1.1)."""


@dataclass(frozen=True, slots=True)
class Noop:
    """``NOOP`` (§6.1.2)."""


@dataclass(frozen=True, slots=True)
class Logout:
    """``LOGOUT`` (§6.1.3)."""


@dataclass(frozen=True, slots=True)
class StartTls:
    """``STARTTLS`` (§6.2.1)."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """``NAMESPACE`` (§6.3.10)."""


@dataclass(frozen=True, slots=True)
class Idle:
    """``IDLE`` (§6.3.13); the DONE that ends it is a RawLine, no command."""


@dataclass(frozen=True, slots=True)
class Check:
    """``CHECK`` (RFC 3501 §6.4.1)."""


@dataclass(frozen=True, slots=True)
class Close:
    """``CLOSE`` (RFC 9051 §6.4.1)."""


@dataclass(frozen=True, slots=True)
class Unselect:
    """``UNSELECT`` (§6.4.2)."""


Bare = Capability | Noop | Logout | StartTls | Namespace | Idle | Check | Close | Unselect

_BARE: tuple[type[Bare], ...] = (
    Capability,
    Noop,
    Logout,
    StartTls,
    Namespace,
    Idle,
    Check,
    Close,
    Unselect,
)
# One value serves all: they are frozen and empty.
BARE: dict[str, Bare] = {command.__name__.upper(): command() for command in _BARE}


def parse(_cursor: Cursor, *, name: str) -> Bare:
    """The command of that name; ``parse_command`` asks for the end of the line."""
    return BARE[name]
