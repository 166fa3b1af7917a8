"""The inside of quoted strings: what an escape stands for, however many there are."""

from __future__ import annotations

import itertools
import re

from proxyd.mailtext.quoting import unquoted

# What RFC 5322 §3.2.1 says, in one line that takes too much memory for a header of escapes.
ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def test_all_short_insides() -> None:
    for length in range(7):
        for octets in itertools.product(b'\\"a\n', repeat=length):
            inside = bytes(octets)
            assert unquoted(inside) == ESCAPE.sub(rb"\1", inside), inside
