"""Modified UTF-7, the encoding of mailbox names (RFC 3501 §5.1.3, RFC 9051 Appendix A).

Printable US-ASCII stands for itself, "&-" for "&", and everything else is UTF-16BE in a base64 of
its own between "&" and "-". Every name has exactly one canonical encoding, and ``decode`` takes no
other: two spellings of one name would be two folders to one side and one to the other.

Knows nothing of INBOX or hierarchy, and refuses no character: see ``mailbox_name``.
"""

from __future__ import annotations

import binascii
import re

from proxyd.imapwire.errors import BadName, NotEncoded

# Runs of what must be shifted; "&" is handled apart, because its encoding is no base64.
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
# A shift ends at the first "-"; "&" alone never occurs outside one.
_SHIFT = re.compile(rb"&([A-Za-z0-9+,]*)-")
_DIRECT = re.compile(rb"[\x20-\x25\x27-\x7e]*")


def encode(name: str) -> bytes:
    """The canonical encoding. Raises BadName for lone surrogates, which no encoding can carry."""
    try:
        text = _UNPRINTABLE.sub(_shift, name.replace("&", "&-"))
    except UnicodeEncodeError:
        raise BadName("Mailbox name has an unpaired surrogate") from None
    return text.encode("ascii")


def _shift(run: re.Match[str]) -> str:
    packed = binascii.b2a_base64(run[0].encode("utf-16-be"), newline=False)
    return "&" + packed.rstrip(b"=").replace(b"/", b",").decode("ascii") + "-"


def decode(raw: bytes) -> str:
    """The name. Raises BadName unless ``raw`` is the canonical encoding of one."""
    if b"&" not in raw:
        if _DIRECT.fullmatch(raw) is None:
            raise NotEncoded("Mailbox name is not modified UTF-7")
        return raw.decode("ascii")
    try:
        name = _unshift_all(raw)
        # Padding bits, shifted ASCII, adjoining shifts: all are found by encoding again.
        canonical = encode(name) == raw
    except ValueError:  # binascii.Error, UnicodeDecodeError and BadName are ValueErrors
        canonical = False
    if not canonical:
        raise NotEncoded("Mailbox name is not modified UTF-7")
    return name


def _unshift_all(raw: bytes) -> str:
    pieces: list[str] = []
    start = 0
    for shift in _SHIFT.finditer(raw):
        pieces.append(raw[start : shift.start()].decode("ascii"))
        pieces.append(_unshift(shift[1]))
        start = shift.end()
    pieces.append(raw[start:].decode("ascii"))
    return "".join(pieces)


def _unshift(packed: bytes) -> str:
    if not packed:
        return "&"
    padded = packed.replace(b",", b"/") + b"=" * (-len(packed) % 4)
    return binascii.a2b_base64(padded).decode("utf-16-be")
