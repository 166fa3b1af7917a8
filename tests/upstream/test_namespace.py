"""Namespaces as servers tell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.response import Other
from proxyd.upstream.namespace import UpstreamNamespaces, namespaces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'(("" "/")) NIL NIL', UpstreamNamespaces()),
        (b"NIL NIL NIL", UpstreamNamespaces()),
        # RFC 2342 §5, examples 5.2 to 5.4 and 5.6
        (b'NIL NIL (("" "."))', UpstreamNamespaces()),
        (
            b'(("" "/")) NIL (("Public Folders/" "/"))',
            UpstreamNamespaces(b"", (b"Public Folders/",)),
        ),
        (
            b'(("" "/")) (("~" "/")) (("#shared/" "/")("#public/" "/")("#ftp/" "/")("#news." "."))',
            UpstreamNamespaces(b"", (b"~", b"#shared/", b"#public/", b"#ftp/", b"#news.")),
        ),
        (
            b'(("" "/" "X-PARAM" ("FLAG1" "FLAG2"))("#mh/" "/")) NIL NIL',
            UpstreamNamespaces(b"", ()),
        ),
        # Courier
        (
            b'(("INBOX." ".")) NIL (("#shared." ".")("shared." "."))',
            UpstreamNamespaces(b"INBOX.", (b"#shared.", b"shared.")),
        ),
        (b'(("archive/" "/")("" "/")) NIL NIL', UpstreamNamespaces()),  # the root is there too
        (b'(("a\\"b." ".")) NIL NIL', UpstreamNamespaces(b'a"b.')),
        (b'(("INBOX." NIL)) nil nil', UpstreamNamespaces(b"INBOX.")),
        # No namespaces at all: malformed
        (b"", UpstreamNamespaces()),
        (b'(("INBOX." "."))', UpstreamNamespaces()),
        (b'(("INBOX." ".")) NIL NIL NIL', UpstreamNamespaces()),
        (b'(("INBOX." ".") NIL NIL', UpstreamNamespaces()),
        (b'(("INBOX." "."))) NIL NIL', UpstreamNamespaces()),
        (b"((((((INBOX. NIL NIL", UpstreamNamespaces()),
        (b"() NIL NIL", UpstreamNamespaces()),
    ],
)
def test_namespaces(text: bytes, found: UpstreamNamespaces) -> None:
    assert namespaces([Other("FLAGS", b"()"), Other("NAMESPACE", text)]) == found


def test_none_where_nothing_is_told() -> None:
    assert namespaces([]) == UpstreamNamespaces()


@given(st.lists(st.sampled_from([b"(", b")", b'"', b"NIL", b" ", b"a.", b"\\"])).map(b"".join))
def test_any_answer_is_read(text: bytes) -> None:
    namespaces([Other("NAMESPACE", text)])
