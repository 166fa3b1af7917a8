"""Trying whether a shared mailbox's servers can be used: the steps, and what may be wrong with one.

Values only. Text for people is chosen where it is shown: by the command line, by the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class ProbeStep(StrEnum):
    """In the order in which they are gone, per door; both doors are tried at the same time."""

    FOUND = "found"
    SECURED = "secured"
    SIGNED_IN = "signed-in"
    FOLDERS = "folders"
    KEYWORDS = "keywords"
    SENDING_FOUND = "sending-found"
    SENDING_SECURED = "sending-secured"
    SENDING_SIGNED_IN = "sending-signed-in"


READING_STEPS = (
    ProbeStep.FOUND,
    ProbeStep.SECURED,
    ProbeStep.SIGNED_IN,
    ProbeStep.FOLDERS,
    ProbeStep.KEYWORDS,
)
SENDING_STEPS = (
    ProbeStep.SENDING_FOUND,
    ProbeStep.SENDING_SECURED,
    ProbeStep.SENDING_SIGNED_IN,
)


class ProbeFault(StrEnum):
    """Each has a cause and a remedy of its own."""

    NO_DNS = "no-dns"
    NO_SUCH_NAME = "no-such-name"
    NOBODY_LISTENS = "nobody-listens"
    NO_ANSWER = "no-answer"  # to the connection
    UNREACHABLE = "unreachable"
    SILENT = "silent"  # takes the connection and says nothing
    HANGS_UP = "hangs-up"
    OTHER_PROTOCOL = "other-protocol"
    TLS_FROM_START = "tls-from-start"  # and STARTTLS was asked for
    STARTTLS_FIRST = "starttls-first"  # and TLS from the start was asked for
    NO_STARTTLS = "no-starttls"
    STARTTLS_REFUSED = "starttls-refused"
    STARTTLS_HANGS_UP = "starttls-hangs-up"
    NO_COMMON_TLS = "no-common-tls"
    OTHER_NAME = "other-name"  # the certificate's
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    UNKNOWN_AUTHORITY = "unknown-authority"
    OTHER_FORM = "other-form"  # than RFC 5280's
    UNTRUSTED = "untrusted"
    AUTHORITIES_FILE = "authorities-file"  # of ours, that can't be used
    PASSWORD = "password"  # noqa: S105 - refused
    LIMITED = "limited"  # later, or with fewer connections
    TOO_SLOW = "too-slow"
    REFUSED = "refused"  # in words of the provider's own


@dataclass(frozen=True, slots=True)
class ProbedStep:
    """``fault`` None: it is well. ``facts`` are what a sentence about it may name; what the
    provider said among them has been through the mask. ``offers``: what a server says that it can,
    of who has signed in.
    """

    step: ProbeStep
    milliseconds: int
    fault: ProbeFault | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    offers: tuple[str, ...] = ()
