"""A fetched value as upstream wrote it, and the octets it stands for."""

from __future__ import annotations


def literal_octets(value: bytes) -> bytes:
    """The octets of a string as upstream wrote it: a literal, a quoted string or NIL."""
    if value.startswith((b"{", b"~{")):
        return value.partition(b"\r\n")[2]
    if value.startswith(b'"'):
        return value[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    return b""
