"""Pieces of a mail that we write ourselves: fields, and a text that any client shows. Pure."""

from __future__ import annotations

import base64
from email.header import Header

_LINE = 76  # letters of base64 in one


def field(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def subject_field(subject: str) -> bytes:
    """Encoded and folded where it has other than ASCII."""
    one_line = " ".join(subject.split())
    encoded = one_line if one_line.isascii() else Header(one_line, "utf-8", 64).encode("\r\n")
    return b"Subject: " + encoded.replace("\r\n", "\n").replace("\n", "\r\n").encode() + b"\r\n"


def text_part(text: str) -> bytes:
    """The fields of a plain text, and it; its line ends are CRLF."""
    letters = base64.b64encode(text.encode("utf-8", "replace"))
    lines = [letters[at : at + _LINE] for at in range(0, len(letters), _LINE)]
    return (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"\r\n".join(lines)
        + b"\r\n"
    )
