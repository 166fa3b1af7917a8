"""Is this mail that mail, after a server has passed it on?

A provider that files what it sends adds what servers add on the way (RFC 5321 §4.4, RFC 6376,
RFC 8601, RFC 8617, fields of its own), and some give it another Message-ID. All the rest must be
the same, octet by octet but for folding and line ends: in doubt they are two mails.
"""

from __future__ import annotations

from proxyd.mailtext.fields import fields, header_end, unfolded

_TRACES = frozenset(
    {
        b"RECEIVED",
        b"RETURN-PATH",
        b"DELIVERED-TO",
        b"MESSAGE-ID",
        b"DKIM-SIGNATURE",
        b"DOMAINKEY-SIGNATURE",
        b"AUTHENTICATION-RESULTS",
        b"RECEIVED-SPF",
        b"FEEDBACK-ID",
    }
)
_PREFIXES = (b"X-", b"ARC-")


def is_same_mail(one: bytes, other: bytes) -> bool:
    """Whichever of them has travelled."""
    ends = header_end(one), header_end(other)
    return _body(one, ends[0]) == _body(other, ends[1]) and (
        _said(one[: ends[0]]) == _said(other[: ends[1]])
    )


def _body(mail: bytes, start: int) -> bytes:
    return mail[start:].replace(b"\r\n", b"\n").rstrip(b"\n")


def _said(header: bytes) -> list[tuple[bytes, bytes]]:
    told = (
        (field.name, b" ".join(unfolded(field.value).split()))
        for field in fields(header)
        if field.name and field.name not in _TRACES and not field.name.startswith(_PREFIXES)
    )
    return sorted(told)
