"""What a server says, as values (RFC 9051 §7). Made by ``decode``, read by the upstream adapter.

Must never know which command an answer belongs to. Names of flags and folders are str; values of
FETCH stay wire text, byte for byte, because they are handed on as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.octets import Octets
from proxyd.imapwire.provider_text import ProviderText

MAX_UID = 2**32 - 1  # nz-number (RFC 9051 §9)
MAX_SIZE = 2**63 - 1  # number64
_SIZE_DIGITS = 19
_LITERAL_NUMBER = re.compile(rb'(?:~?\{\d+\}\r\n|")?([0-9]{1,19})"?')


class BadResponse(ValueError):
    """A server that does not speak IMAP, or not within our limits: the connection is lost."""


class LiteralSink(Protocol):
    """Takes a big literal's octets in order as they arrive."""

    def write(self, data: bytes, /) -> object: ...

    def finish(self) -> Octets: ...

    def close(self) -> None:
        """The literal never ends: give back what is held, at once; not after ``finish``."""
        ...


@dataclass(frozen=True, slots=True)
class ResponseFrame:
    """One response with spooled literals: ``octets[i]`` belongs behind ``text[:i]``.

    A response without any is plain ``bytes``: its lines and small literals, without the last CRLF.
    """

    text: bytes
    octets: Mapping[int, Octets]


def number_in(value: bytes) -> int | None:
    """A number, also where a server writes it as a string; None where it is none of 63 bits."""
    if value.isdigit() and len(value) < _SIZE_DIGITS:
        return int(value)
    found = _LITERAL_NUMBER.fullmatch(value)
    number = int(found[1]) if found else MAX_SIZE + 1
    return number if number <= MAX_SIZE else None


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD, BYE or PREAUTH. ``tag`` is None in an untagged one."""

    tag: bytes | None
    condition: str
    code: str  # upper case; "" where there is none
    argument: bytes = field(repr=False)  # of the code
    text: ProviderText

    @property
    def ok(self) -> bool:
        return self.condition == "OK"


@dataclass(frozen=True, slots=True)
class Continuation:
    """ "+": the server waits for the rest of a command, or sends a SASL challenge."""

    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Capability:
    words: frozenset[str]  # upper case


@dataclass(frozen=True, slots=True)
class Count:
    """``name`` is EXISTS, RECENT or EXPUNGE; ``number`` a count, or a sequence number."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """Attributes of the message at ``number``. Keys are upper case: ``BODY[1.MIME]<0>``.

    ``broken``: why what follows the values can't be read; "" where the row is whole.
    """

    number: int
    values: Mapping[bytes, bytes | Octets]
    broken: str = ""

    @property
    def uid(self) -> int | None:
        """None where the server did not say it (unsolicited flags), or said what is no UID."""
        value = self.values.get(b"UID")
        if not isinstance(value, bytes):
            return None
        number = number_in(value)
        return number if number is not None and 0 < number <= MAX_UID else None


@dataclass(frozen=True, slots=True)
class Junk:
    """A line that is no IMAP, or that says something which can't be read; its beginning.

    ``about``: the untagged response that it would be, in upper case, as far as it can be told.
    """

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ListItem:
    attributes: frozenset[str]  # lower case, with the backslash
    delimiter: str  # "" for NIL
    raw_name: bytes  # as on the wire, unquoted


@dataclass(frozen=True, slots=True)
class StatusItem:
    raw_name: bytes
    values: Mapping[str, int]  # upper-case item → number


@dataclass(frozen=True, slots=True)
class Search:
    """``readable``: False where something stood among the numbers that is none."""

    numbers: tuple[int, ...]
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Vanished:
    """RFC 7162 §3.2.10: these UIDs are gone."""

    earlier: bool
    uids: NumSet


@dataclass(frozen=True, slots=True)
class Other:
    """Well-formed, and nothing that we use (FLAGS, ENABLED, NAMESPACE, …)."""

    name: str
    text: bytes


Response = (
    Status
    | Continuation
    | Capability
    | Count
    | Fetch
    | Junk
    | ListItem
    | StatusItem
    | Search
    | Vanished
    | Other
)
