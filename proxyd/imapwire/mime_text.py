"""What a mail says to a reader: its texts with encodings and charsets undone.

For searching and for quoting. Never raises, however broken the mail; never used for what a client
is shown, which stays byte exact.
"""

from __future__ import annotations

import binascii
import quopri
import re
import unicodedata
from collections.abc import Iterator

from proxyd.imapwire.mime import MimeMail
from proxyd.mailtext.charsets import in_charset
from proxyd.mailtext.mime_tree import MimePart
from proxyd.mailtext.parameters import valued

_TAG = re.compile(r"<[^>]*>")


def _base64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text + b"==")
    except binascii.Error:
        return b""


def texts(mail: MimeMail) -> Iterator[str]:
    """The text of every text/* part, nested messages included."""
    waiting = [mail.root]
    while waiting:
        part = waiting.pop()
        waiting += reversed(part.children)
        if part.message is not None:
            waiting.append(part.message)
        elif not part.divided and part.type.startswith(b"text/"):
            yield part_text(mail, part)


def part_text(mail: MimeMail, part: MimePart) -> str:
    octets = mail.raw[part.body : part.end]
    encoding = valued(part.value(b"CONTENT-TRANSFER-ENCODING") or b"").value.lower()
    if encoding == b"base64":
        octets = _base64(octets)
    elif encoding == b"quoted-printable":
        octets = quopri.decodestring(octets)
    charset = ((part.kind.parameter(b"charset") if part.kind else None) or b"").decode("latin-1")
    text = in_charset(octets, charset)
    return _TAG.sub(" ", text) if part.type == b"text/html" else text


def folded(text: str) -> str:
    """For comparing as a person would: no case, no full-width or half-width forms."""
    return unicodedata.normalize("NFKC", text).casefold()
