"""What a message says to a reader: headers and texts with encodings and charsets undone.

For searching and for quoting. Never raises, however broken the mail; never used for what a client
is shown, which stays byte exact.
"""

from __future__ import annotations

import binascii
import quopri
import re
import unicodedata
from collections.abc import Iterator

from proxyd.imapwire.mime import Mail
from proxyd.imapwire.mime_header import valued
from proxyd.imapwire.mime_tree import Part

# encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?=" (RFC 2047, RFC 2231)
_ENCODED_WORD = re.compile(rb"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=")
# White space between two encoded words is not part of the text (RFC 2047 §6.2).
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(?==\?)")
# Hiragana, katakana, CJK ideographs
_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_TAG = re.compile(r"<[^>]*>")


def charset_text(octets: bytes, charset: str) -> str:
    """Unknown charsets are tried as UTF-8, then taken octet by octet."""
    try:
        return octets.decode(charset, "replace")
    except (LookupError, UnicodeError, ValueError):
        return raw_text(octets)


def raw_text(octets: bytes) -> str:
    """Octets without a declared charset."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def header_text(value: bytes) -> str:
    """An unfolded header value with its encoded words decoded."""
    value = _BETWEEN_WORDS.sub(rb"\1", value)
    pieces: list[tuple[bytes, str]] = []  # octets and their charset, "" where none was declared
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        pieces.append((value[end : word.start()], ""))
        pieces.append((_word_octets(word), word[1].decode("ascii", "replace").lower()))
        end = word.end()
    pieces.append((value[end:], ""))
    return "".join(_joined(pieces))


def _joined(pieces: list[tuple[bytes, str]]) -> Iterator[str]:
    """Neighbours of one charset are decoded together: some senders split within a character."""
    held, held_charset = b"", ""
    for octets, charset in pieces:
        if not octets:
            continue
        if charset != held_charset:
            yield charset_text(held, held_charset) if held_charset else raw_text(held)
            held, held_charset = b"", charset
        held += octets
    yield charset_text(held, held_charset) if held_charset else raw_text(held)


def _word_octets(word: re.Match[bytes]) -> bytes:
    if word[2] in b"bB":
        return _base64(word[3])
    return quopri.decodestring(word[3], header=True)


def _base64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text + b"==")
    except binascii.Error:
        return b""


def texts(mail: Mail) -> Iterator[str]:
    """The text of every text/* part, nested messages included."""
    waiting = [mail.root]
    while waiting:
        part = waiting.pop()
        waiting += reversed(part.children)
        if part.message is not None:
            waiting.append(part.message)
        elif not part.divided and part.type.startswith(b"text/"):
            yield part_text(mail, part)


def part_text(mail: Mail, part: Part) -> str:
    octets = mail.raw[part.body : part.end]
    encoding = valued(part.value(b"CONTENT-TRANSFER-ENCODING") or b"").value.lower()
    if encoding == b"base64":
        octets = _base64(octets)
    elif encoding == b"quoted-printable":
        octets = quopri.decodestring(octets)
    charset = ((part.kind.parameter(b"charset") if part.kind else None) or b"").decode("latin-1")
    text = charset_text(octets, charset) if charset else raw_text(octets)
    return _TAG.sub(" ", text) if part.type == b"text/html" else text


def folded(text: str) -> str:
    """For comparing as a person would: no case, no full-width or half-width forms."""
    return unicodedata.normalize("NFKC", text).casefold()


def language(text: str) -> str:
    """``ja`` where there is any Japanese script, else ``en``."""
    return "ja" if _JAPANESE.search(text) else "en"
