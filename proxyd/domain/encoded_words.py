"""Header text as a person reads it: RFC 2047 encoded words and raw 8-bit bytes become str.

Never raises, whatever the bytes; the result holds no control characters and no lone surrogates, so
that it can go into a database, a log line and a sentence. Knows nothing of which header it reads.
"""

from __future__ import annotations

import binascii
import codecs
import re

# A subject is shown on one line; what is longer than this is not read by anybody.
MAX_TEXT = 4096

# RFC 2047 §2, tolerant: spaces inside Q text are met in practice, an empty text too.
_WORD = re.compile(rb"=\?([!-<>@-~]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_LONGEST = 4  # octets of a character, in any charset
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_Q_OCTET = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

# What mail programs write, and the superset they mean (WHATWG Encoding does the same).
_MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "unicode-1-1-utf-7": "utf-7",
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "iso-2022-jp-ms": "iso-2022-jp",
}
# Codecs of Python that are no charsets; some take quadratic time on hostile input.
_NO_CHARSET = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)


def decoded(raw: bytes) -> str:
    """The text of a header value, folded or not (RFC 5322 §2.2.3: the line break goes alone)."""
    raw = raw[: 2 * MAX_TEXT].replace(b"\r", b"").replace(b"\n", b"")[:MAX_TEXT]
    if b"=?" not in raw:
        return _tidy(_guessed(raw))
    pieces: list[str] = []
    charset, pending, at = "", b"", 0
    for match in _WORD.finditer(raw):
        between = raw[at : match.start()]
        at = match.end()
        name = match[1].split(b"*")[0].decode("ascii").lower()  # RFC 2231 §5: charset*language
        data = _octets(match[2], match[3])
        if pending and name == charset and not between.strip():
            pending += data  # a character may be cut in two, although RFC 2047 §5 forbids it
            continue
        pieces.append(in_charset(pending, charset))
        if between.strip() or not charset:
            pieces.append(_guessed(between))
        charset, pending = name, data
    pieces.append(in_charset(pending, charset))
    pieces.append(_guessed(raw[at:]))
    return _tidy("".join(pieces))


def in_charset(data: bytes, charset: str, *, cut: bool = False) -> str:
    """``data`` read as what ``charset`` says, or as what it can only be.

    ``cut``: it may end in the middle of a character, which is then left out.
    """
    if not data:
        return ""
    name = charset.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if name.startswith("iso-2022-jp"):
        return _iso_2022_jp(data)
    try:
        codec = codecs.lookup(name).name
        if codec.replace("_", "-") not in _NO_CHARSET:
            return data.decode(codec)
    except UnicodeDecodeError as error:
        if cut and 0 < error.start >= len(data) - _LONGEST:
            return in_charset(data[: error.start], charset)
    except (LookupError, ValueError):
        pass
    return _guessed(data)


def _octets(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"bB":
        data = _NOT_BASE64.sub(b"", text)
        if len(data) % 4 == 1:
            data = data[:-1]
        try:
            return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
        except binascii.Error:
            return text
    spaced = text.replace(b"_", b" ")
    return _Q_OCTET.sub(lambda match: bytes([int(match[1], 16)]), spaced)


def _iso_2022_jp(data: bytes) -> str:
    try:
        return data.decode("iso2022_jp_ext")
    except ValueError:
        # Windows programs write the circled digits and (株) of NEC row 13 under JIS X 0208; they
        # stand at the same places of JIS X 0213, which Python knows by another escape sequence.
        wider = data.replace(b"\x1b$B", b"\x1b$(Q").replace(b"\x1b$@", b"\x1b$(Q")
        return wider.decode("iso2022_jp_2004", "replace")


def _guessed(data: bytes) -> str:
    """Raw 8-bit text: UTF-8 (RFC 6532), else what Japanese and Western programs write."""
    if data.isascii() and b"\x1b$" not in data:
        return data.decode("ascii")
    if b"\x1b$" in data:
        return _iso_2022_jp(data)
    for codec in ("utf-8", "cp932"):
        try:
            return data.decode(codec)
        except ValueError:
            continue
    return data.decode("latin-1")


def _tidy(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()
