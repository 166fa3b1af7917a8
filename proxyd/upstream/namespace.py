"""Where a provider keeps a person's own folders, and where other people's stand (RFC 2342).

Courier, and many a Cyrus and Dovecot, put "INBOX." above each of them. Staff shall see the same
tree whatever stands behind it, so folders.py leaves that prefix out. Malformed answers count as
none: then every name is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.imapwire.fetch_row import literal_octets
from proxyd.imapwire.response import Other, Response

_TOKEN = re.compile(rb'\(|\)|"(?:[^"\\\r\n]++|\\.)*+"|[^\s()"]++')
MOST_TOKENS = 1000  # of an answer: servers have three to ten namespaces, of four tokens each


@dataclass(frozen=True, slots=True)
class UpstreamNamespaces:
    """Prefixes as on the wire: the one of all own folders but INBOX, and those of other people."""

    own: bytes = b""
    others: tuple[bytes, ...] = ()


def namespaces(untagged: Iterable[Response]) -> UpstreamNamespaces:
    """Of the answers to NAMESPACE."""
    for one in untagged:
        if isinstance(one, Other) and one.name == "NAMESPACE":
            groups = _groups(one.text)
            if len(groups) == 3:
                personal, *others = groups
                # With several, one of them the root: nothing stands above its folders.
                own = b"" if b"" in personal else next(iter(personal), b"")
                found = [prefix for group in others for prefix in group if prefix]
                return UpstreamNamespaces(own, tuple(found))
    return UpstreamNamespaces()


def _groups(text: bytes) -> list[list[bytes]]:
    """namespace = nil / "(" 1*("(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) …")") ")"."""
    groups: list[list[bytes]] = []
    depth, begins = 0, False  # whether a namespace's prefix is next
    for found, _ in zip(_TOKEN.finditer(text), range(MOST_TOKENS), strict=False):
        token = found[0]
        if token == b"(":
            depth += 1
            if depth == 1:
                groups.append([])
            begins = depth == 2
        elif token == b")":
            depth -= 1
        elif begins:
            groups[-1].append((literal_octets(token) or b"") if token[:1] == b'"' else token)
            begins = False
        elif depth == 0 and token.upper() == b"NIL":
            groups.append([])
    return groups if depth == 0 else []
