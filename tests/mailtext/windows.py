"""Japanese as Windows writes it into ISO-2022-JP and EUC-JP: its table's places, in seven bits.

Python has no such codec (cp50221, cp51932); made here from cp932 by the arithmetic of JIS X 0208,
the other way round than the reader does it.
"""

from __future__ import annotations

# NEC's selection of IBM's characters: where cp932 reads them, and where it writes them.
_NEC = {
    text: bytes((lead, trail))
    for lead in (0xED, 0xEE)
    for trail in range(0x40, 0xFD)
    if (text := bytes((lead, trail)).decode("cp932", "ignore"))
}
# The places of the standard that cp932 calls otherwise.
_STANDARD = {"〜": "～", "‖": "∥", "−": "－", "¢": "￠", "£": "￡", "¬": "￢"}


def places(char: str) -> bytes:
    """Row and cell, from 0x21. Raises UnicodeEncodeError."""
    octets = _NEC.get(char) or _STANDARD.get(char, char).encode("cp932")
    lead, trail = octets
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2
    if trail >= 0x9F:
        return bytes((row + 1 + 0x21, trail - 0x9F + 0x21))
    return bytes((row + 0x21, trail - 0x40 - (trail > 0x7F) + 0x21))


def iso_2022_jp(text: str) -> bytes:
    found = b""
    wide = False
    for char in text:
        if char.isascii() is wide:
            wide = not wide
            found += b"\x1b$B" if wide else b"\x1b(B"
        found += places(char) if wide else char.encode()
    return found + (b"\x1b(B" if wide else b"")


def euc_jp(text: str) -> bytes:
    return b"".join(
        char.encode() if char.isascii() else bytes(octet | 0x80 for octet in places(char))
        for char in text
    )
