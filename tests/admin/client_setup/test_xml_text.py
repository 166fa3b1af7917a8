"""Any name at all comes through XML as what can be seen of it (admin/client_setup/xml_text.py)."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.client_setup.xml_text import document, element, xml_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("""A & B <"C"> 'D'""", """A & B <"C"> 'D'"""),
        ("青葉\t株式会社\r\n", "青葉 株式会社"),
        ("a\0b\x0b\x7f\x85c\ufffe\ud800", "abc"),
        ("👩‍👩‍👧 ok", "👩‍👩‍👧 ok"),
        ("\x01", ""),
    ],
)
def test_what_is_left(text: str, expected: str) -> None:
    assert xml_text(text) == expected


@given(st.text())
def test_a_parser_reads_what_was_meant(text: str) -> None:
    root = ElementTree.fromstring(document(element("a", text, [element("b", text)], c=text)))
    assert root.get("c") == xml_text(text)
    assert (root.findtext("b") or "") == xml_text(text)
    assert xml_text(xml_text(text)) == xml_text(text)
