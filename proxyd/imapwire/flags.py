r"""Message flags: their grammar and their one spelling (RFC 9051 §2.3.2 and §9).

    flag           = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" /
                     flag-keyword / flag-extension
    flag-keyword   = atom
    flag-extension = "\" atom

Flags are str inside and compared without regard to case; system flags are always kept in the case
of the RFC, keywords in the case they came in. What a keyword means is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from proxyd.imapwire.errors import BadSyntax

# atom-specials = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials / resp-specials
FLAG_SPECIALS = frozenset(b'(){ %*"\\]') | frozenset(range(0x20)) | {0x7F}
ATOM_CLASS = rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]"

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
RECENT = "\\Recent"  # told by servers before RFC 9051, never set by a client

_FLAG = re.compile(rb"\\?" + ATOM_CLASS + rb"+")
_CANONICAL = {flag.lower(): flag for flag in (*SYSTEM_FLAGS, RECENT)}


def is_flag(raw: bytes) -> bool:
    """Is it one flag by the grammar (``\\*`` of PERMANENTFLAGS is none)?"""
    return _FLAG.fullmatch(raw) is not None


def canonical(flag: str) -> str:
    """System flags in the RFC's case, everything else as it is."""
    return _CANONICAL.get(flag.lower(), flag)


def settable(raw: Iterable[bytes]) -> tuple[str, ...]:
    """The flags of a client's list: canonical, each once, in the order given.

    Raises BadSyntax for what is no flag, and for ``\\`` flags that no client may set (RFC 9051
    §2.3.2 reserves flag-extension for future RFCs, and §7.3.1 ``\\Recent`` for the server).
    """
    flags: dict[str, str] = {}
    for one in raw:
        if _FLAG.fullmatch(one) is None:
            raise BadSyntax("Invalid flag")
        flag = canonical(one.decode("ascii"))
        if flag.startswith("\\") and flag not in SYSTEM_FLAGS:
            raise BadSyntax("This system flag can not be set")
        flags.setdefault(flag.lower(), flag)
    return tuple(flags.values())
