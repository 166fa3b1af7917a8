"""Names as XML may hold them, and elements as octets. Escaping is the library's business."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

__all__ = ["Element", "document", "element", "xml_text"]

# XML 1.0 §2.2: what is no Char can't be written at all, escaped or not. The C1 controls are only
# discouraged there, but no name has one.
_NO_CHAR: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """``text`` on one line, without what XML can't hold."""
    return " ".join(_NO_CHAR.sub("", text).split())


def element(
    tag: str, text: str = "", children: Iterable[Element] = (), **attributes: str
) -> Element:
    """Attributes and text are made fit for XML."""
    made = Element(tag, {name: xml_text(value) for name, value in attributes.items()})
    made.text = xml_text(text) or None
    made.extend(children)
    return made


def document(root: Element) -> bytes:
    """In UTF-8, with the XML declaration, indented for those who look at it."""
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
