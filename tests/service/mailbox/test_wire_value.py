"""Every way in which upstream writes a string."""

from __future__ import annotations

import pytest

from proxyd.service.mailbox.wire_value import literal_octets


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (b"{4}\r\na\r\nb", b"a\r\nb"),
        (b"{0}\r\n", b""),
        (b"~{3}\r\na\0b", b"a\0b"),
        (b'"a \\"b\\" \\\\c"', b'a "b" \\c'),
        (b'""', b""),
        (b"NIL", b""),
    ],
)
def test_its_octets(value: bytes, octets: bytes) -> None:
    assert literal_octets(value) == octets
