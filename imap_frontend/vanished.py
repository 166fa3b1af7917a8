"""The VANISHED response (RFC 7162 §3.2.10): UIDs in, lines of bounded length out."""

from __future__ import annotations

# Octets of one VANISHED: RFC 7162 §4 calls 8192 a line that every implementation takes.
VANISHED_MAX = 8000


def vanished(uids: bytes, tag: str) -> list[str]:
    """VANISHED responses (RFC 7162 §3.2.10) for a set, of bounded length; ``tag`` "(EARLIER) "."""
    lines: list[str] = []
    rest = uids.decode("ascii")
    while rest:
        cut = len(rest) if len(rest) <= VANISHED_MAX else rest.rindex(",", 0, VANISHED_MAX)
        lines.append(f"* VANISHED {tag}{rest[:cut]}\r\n")
        rest = rest[cut + 1 :]
    return lines
