"""Namespaces as servers tell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.response import Other
from proxyd.upstream.namespace import Namespaces, namespaces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'(("" "/")) NIL NIL', Namespaces()),
        (b"NIL NIL NIL", Namespaces()),
        # RFC 2342 §5, examples 5.2 to 5.4 and 5.6
        (b'NIL NIL (("" "."))', Namespaces()),
        (b'(("" "/")) NIL (("Public Folders/" "/"))', Namespaces(b"", (b"Public Folders/",))),
        (
            b'(("" "/")) (("~" "/")) (("#shared/" "/")("#public/" "/")("#ftp/" "/")("#news." "."))',
            Namespaces(b"", (b"~", b"#shared/", b"#public/", b"#ftp/", b"#news.")),
        ),
        (
            b'(("" "/" "X-PARAM" ("FLAG1" "FLAG2"))("#mh/" "/")) NIL NIL',
            Namespaces(b"", ()),
        ),
        # Courier
        (
            b'(("INBOX." ".")) NIL (("#shared." ".")("shared." "."))',
            Namespaces(b"INBOX.", (b"#shared.", b"shared.")),
        ),
        (b'(("archive/" "/")("" "/")) NIL NIL', Namespaces()),  # the root is there too
        (b'(("a\\"b." ".")) NIL NIL', Namespaces(b'a"b.')),
        (b'(("INBOX." NIL)) nil nil', Namespaces(b"INBOX.")),
        # No namespaces at all: malformed
        (b"", Namespaces()),
        (b'(("INBOX." "."))', Namespaces()),
        (b'(("INBOX." ".")) NIL NIL NIL', Namespaces()),
        (b'(("INBOX." ".") NIL NIL', Namespaces()),
        (b'(("INBOX." "."))) NIL NIL', Namespaces()),
        (b"((((((INBOX. NIL NIL", Namespaces()),
        (b"() NIL NIL", Namespaces()),
    ],
)
def test_namespaces(text: bytes, found: Namespaces) -> None:
    assert namespaces([Other("FLAGS", b"()"), Other("NAMESPACE", text)]) == found


def test_none_where_nothing_is_told() -> None:
    assert namespaces([]) == Namespaces()


@given(st.lists(st.sampled_from([b"(", b")", b'"', b"NIL", b" ", b"a.", b"\\"])).map(b"".join))
def test_any_answer_is_read(text: bytes) -> None:
    namespaces([Other("NAMESPACE", text)])
