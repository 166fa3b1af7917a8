"""The mark that stands in the header and in the text of a note: by it a note is known wherever
somebody takes it, also when nobody remembers it any more.

A mark verifies itself, by a keyed digest: one that somebody else has written is nobody's, and
those of any mailbox and of any time are known. It is looked for in octets, through whatever a mail
program does to text: quoting, wrapping, quoted-printable, UTF-16, base64, also one in the other.
Not in what is packed (a .zip, a .docx). Pure; linear.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable, Iterator

RANDOM_OCTETS = 2  # that the caller's dice give, in hexadecimal digits
_CHECK = 8  # digits: of four thousand million marks that somebody makes up, one is taken for ours
DEPTH = 3  # of base64: a mail, a file attached to it, and a text in that

# What stands between two letters of a mark where its line was quoted or broken, or each has more
# octets than one: also of "＞", of a zero width space, of a byte order mark.
_BETWEEN = rb"[\x00-\x20>|=\xe2\x80\x8b\xef\xbb\xbf\xbc\x9e]*+"
_MARK = re.compile(
    _BETWEEN.join((b"n", b"o", b"t", b"e", rb"(?::|3A)"))
    + rb"((?:%b[0-9a-f]){%d})" % (_BETWEEN, 2 * RANDOM_OCTETS + _CHECK)
)
_NO_DIGIT = re.compile(rb"[^0-9a-f]")
_ENCODED = re.compile(rb"(?:[A-Za-z0-9+/]{24,}+[ \t]*\r?\n?)++[A-Za-z0-9+/]*+")
_LINE_ENDS = b"\r\n\t "


class Marks:
    """Those of one installation."""

    def __init__(self, digest: Callable[[str], str]) -> None:
        """``digest``: keyed; whoever has no key can't foretell it."""
        self._digest = digest

    def token(self, random: str) -> str:
        """``random``: of four hexadecimal digits, twelve."""
        # Hashed once more: the log shows the keyed digests of subjects, which customers choose.
        keyed = self._digest(f"note mark {random}").encode()
        return random + hashlib.sha256(keyed).hexdigest()[:_CHECK]

    def among(self, octets: bytes) -> frozenset[str]:
        """The tokens of the marks in a mail, or in any other octets."""
        return frozenset(filter(self._is_ours, _tokens(octets, DEPTH)))

    def _is_ours(self, token: str) -> bool:
        return self.token(token[: 2 * RANDOM_OCTETS]) == token


def mark(token: str) -> str:
    """As it is written."""
    return f"[[note:{token}]]"


def looks_marked(text: str) -> bool:
    """Whether a mark stands in it, whoever has written that."""
    return _MARK.search(text.encode("utf-8", "replace")) is not None


def _tokens(octets: bytes, depth: int) -> Iterator[str]:
    for found in _MARK.finditer(octets):
        yield _NO_DIGIT.sub(b"", found[1]).decode()
    if depth:
        for block in _ENCODED.finditer(octets):
            letters = block[0].translate(None, _LINE_ENDS)
            yield from _tokens(binascii.a2b_base64(letters[: len(letters) // 4 * 4]), depth - 1)
