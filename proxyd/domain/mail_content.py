"""What a mail says: its texts decoded, its attachments as digests. For recognising it again.

Not for showing: structure is read as far as needed, tolerantly and in bounded steps, and any bytes
give an answer. Knows nothing of the wire. Invariant: the same content gives the same result,
whatever the boundaries, Content-IDs, Date, Message-ID and line breaks of the encoding.
"""

from __future__ import annotations

import binascii
import hashlib
import html
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxyd.mailtext.charsets import in_charset
from proxyd.mailtext.fields import Header, header_end
from proxyd.mailtext.parameters import Valued, valued

# Real mail nests 3-5 deep and has tens of parts; what is beyond counts as an attachment as it is.
MAX_DEPTH = 20
MAX_PARTS = 1000
# More than anybody writes; keeps the digest of a pasted log file cheap.
MAX_TEXT = 1_000_000

_TAG = re.compile(r"<[^<>]*>")  # linear, also where a quoted mail is full of "<"
_DELIMITER_END = re.compile(rb"(--)?[ \t]*(?=\r?\n|\Z)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


# What programs add by themselves, or show as text.
_NO_FILE = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
     "application/pgp-keys", "text/vcard", "text/x-vcard", "text/directory", "text/enriched",
     "text/x-amp-html", "text/watch-html"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it stands in the mail."""

    text: str
    is_html: bool


@dataclass(frozen=True, slots=True)
class MailContent:
    texts: tuple[str, ...]
    files: tuple[str, ...]  # digests of everything that is not text to be read, sorted
    # The texts with their tags, HTML beside plain ones: by these nothing is recognised again.
    written: tuple[Written, ...] = field(default=(), compare=False)
    attached: int = 0  # files that a person has attached, not the images within a text
    cut: bool = field(default=False, compare=False)  # a text goes on beyond MAX_TEXT


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    encoding: str
    charset: str
    attached: bool
    body: bytes
    within: bool = False  # it has a Content-ID, by which a text shows it
    named: bool = False  # as a file is


def content_of(message: bytes) -> MailContent:
    """Plain texts where there are any, else HTML without its tags."""
    plain: list[str] = []
    rich: list[str] = []
    files: list[str] = []
    written: list[Written] = []
    attached, cut = 0, False
    for part in _leaves(message):
        attached += _is_attached(part)
        if part.attached or part.kind not in ("text/plain", "text/html", ""):
            files.append(_file_digest(part))
            continue
        cut = cut or len(part.body) > MAX_TEXT
        if part.kind == "text/html":
            written.append(Written(_text(part), is_html=True))
            rich.append(html.unescape(_TAG.sub(" ", written[-1].text)))
        else:
            written.append(Written(_text(part), is_html=False))
            plain.append(written[-1].text)
    texts = tuple(plain or rich)
    return MailContent(texts, tuple(sorted(files)), tuple(written), attached, cut)


def _is_attached(part: _Part) -> bool:
    """An image of a signature is none: the text shows it, and nobody has asked to attach it."""
    if part.kind in _NO_FILE or (part.within and not part.attached):
        return False
    return part.attached or part.named or part.kind not in ("text/plain", "text/html", "")


def _leaves(message: bytes) -> Iterator[_Part]:
    """Without recursion: depth and number of parts are the sender's choice."""
    waiting = [(message, 0)]
    count = 0
    while waiting:
        raw, depth = waiting.pop()
        part, boundary = _read(raw)
        count += 1
        if boundary and depth < MAX_DEPTH and count + len(waiting) < MAX_PARTS:
            waiting.extend((piece, depth + 1) for piece in reversed(_split(part.body, boundary)))
        else:
            yield part


def _read(raw: bytes) -> tuple[_Part, bytes]:
    """A part, and its boundary where it is a multipart."""
    end = header_end(raw)
    header = Header(raw[:end])
    content_type = valued(header.first(b"CONTENT-TYPE"))
    kind = _word(content_type)
    disposition = valued(header.first(b"CONTENT-DISPOSITION"))
    part = _Part(
        kind=kind,
        encoding=_word(valued(header.first(b"CONTENT-TRANSFER-ENCODING"))),
        charset=(content_type.parameter(b"charset") or b"").decode("ascii", "replace"),
        attached=_word(disposition) == "attachment",
        body=raw[end:],
        within=b"CONTENT-ID" in header,
        named=bool(disposition.parameter(b"filename") or content_type.parameter(b"name")),
    )
    boundary = content_type.parameter(b"boundary") or b""
    return part, boundary if kind.startswith("multipart/") else b""


def _word(value: Valued) -> str:
    return value.value.decode("ascii", "replace").lower()


def _split(body: bytes, boundary: bytes) -> list[bytes]:
    """RFC 2046 §5.1.1; preamble and epilogue say nothing."""
    pieces: list[bytes] = []
    start: int | None = None
    for line, end, closing in _delimiters(body, b"--" + boundary):
        if start is not None:
            pieces.append(body[start:line])
        start = end
        if closing:
            return [_without_line_end(piece) for piece in pieces]
        if len(pieces) > MAX_PARTS:
            break
    if start is not None:
        pieces.append(body[start:])
    return [_without_line_end(piece) for piece in pieces]


def _delimiters(body: bytes, dashes: bytes) -> Iterator[tuple[int, int, bool]]:
    """Of each delimiter line: where the line end before it begins, where its own does, and whether
    it closes. In steps: one expression over a big mail would give nobody else a turn.
    """
    for at in _line_starts(body, dashes):
        rest = _DELIMITER_END.match(body, at + len(dashes))
        if rest is not None:
            line_end = 2 if body.startswith(b"\r\n", max(at - 2, 0)) else 1
            yield max(at - line_end, 0), rest.end(), rest[1] is not None


def _line_starts(body: bytes, text: bytes) -> Iterator[int]:
    """Where lines begin with ``text``."""
    if body.startswith(text):
        yield 0
    at = body.find(b"\n" + text)
    while at >= 0:
        yield at + 1
        at = body.find(b"\n" + text, at + 1)


def _without_line_end(piece: bytes) -> bytes:
    """The line end of the boundary line itself."""
    return piece[2:] if piece.startswith(b"\r\n") else piece[1:]


def _text(part: _Part) -> str:
    body = part.body[:MAX_TEXT]
    if part.encoding == "base64":
        body = _from_base64(body)
    elif part.encoding == "quoted-printable":
        body = quopri.decodestring(body)
    return in_charset(body, part.charset or "utf-8")


def _from_base64(body: bytes) -> bytes:
    letters = _NOT_BASE64.sub(b"", body)
    if len(letters) % 4 == 1:
        letters = letters[:-1]  # six bits are no octet
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _file_digest(part: _Part) -> str:
    """Base64 is compared as written, without its line breaks: decoding tells nothing more."""
    body = part.body
    if part.encoding == "base64":
        body = body.translate(None, b"\r\n\t ")
    return hashlib.sha256(body).hexdigest()
