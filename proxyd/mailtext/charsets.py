"""Octets of a named charset as text, the way the programs that wrote them meant it.

What mail calls Shift_JIS, ISO-2022-JP or EUC-JP is written by Windows with characters of its own
(髙, 﨑, ①, ㈱), which stand where the standards have nothing or something else: those places are
read as Windows reads them, all others by the standard. Never raises.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_LONGEST = 4  # octets of a character, in any charset

# What mail programs write, and the superset they mean (WHATWG Encoding does the same).
_MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "eucjp-win": "euc-jp",
    "eucjp-ms": "euc-jp",
    "cp51932": "euc-jp",
    "x-euc-jp": "euc-jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "unicode-1-1-utf-7": "utf-7",
    "csiso2022jp": "iso-2022-jp",
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "cp50222": "iso-2022-jp",
}
# Codecs of Python that are no charsets; some take quadratic time on hostile input.
_NO_CHARSET = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
ISO_2022_JP, EUC_JP = "iso2022_jp", "euc_jp"
_RAW = ("utf-8", "cp932")  # tried in this order

# ISO 2022 escape sequences (RFC 1468, RFC 1554, RFC 2237).
ESCAPE = re.compile(rb"\x1b(?:\([A-Z]|\$[@-B]|\$\([A-Z@]|\.[A-Z])")
_KANJI = (b"\x1b$B", b"\x1b$@")  # JIS X 0208
_KANA = b"\x1b(I"  # JIS X 0201, half-width katakana in seven bits
_SINGLE = (b"", b"\x1b(B", b"\x1b(J")
_EUC_RUN = re.compile(
    rb"((?:[\xa1-\xfe]{2})+)|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|[\0-\x7f]+|.", re.DOTALL
)
_PAIRS = re.compile(rb"[^\0-\x20]+")
# cp932 reads some signs of JIS X 0208 as full-width forms of others; this is how the standard's
# codecs read them, and every program's UTF-8.
_AS_STANDARD = str.maketrans(
    "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2", "\u301c\u2016\u2212\xa2\xa3\xac"
)


def in_charset(data: bytes, charset: str, *, cut: bool = False) -> str:
    """``data`` read as what ``charset`` says, or as what it can only be.

    ``cut``: it may end in the middle of a character, which is then left out.
    """
    if not data:
        return ""
    codec = codec_of(charset)
    if codec == ISO_2022_JP:
        return iso_2022_jp(data)
    try:
        if codec:
            return data.decode(codec)
    except UnicodeDecodeError as error:
        if cut and 0 < error.start >= len(data) - _LONGEST:
            return in_charset(data[: error.start], charset)
        if codec == EUC_JP:
            return _euc_jp(data)
    except (LookupError, ValueError):  # a codec of Python that gives no text ("hex")
        pass
    return guessed(data)


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str:
    """Python's name of what is meant; "" for what is no charset."""
    name = charset.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if name.startswith("iso-2022-jp"):
        return ISO_2022_JP
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    return "" if codec.name.replace("_", "-") in _NO_CHARSET else codec.name


def guessed(data: bytes) -> str:
    """Text without a charset: UTF-8 (RFC 6532), else what Japanese and Western programs write."""
    return _guess(data)[1]


def codec_of_raw(data: bytes) -> str:
    """In which ``guessed`` reads it."""
    return _guess(data)[0]


def _guess(data: bytes) -> tuple[str, str]:
    if ESCAPE.search(data):
        return ISO_2022_JP, iso_2022_jp(data)
    return _by_trying(data)


def _by_trying(data: bytes) -> tuple[str, str]:
    for codec in _RAW:
        try:
            return codec, data.decode(codec)
        except ValueError:
            continue
    return "latin-1", data.decode("latin-1")


def iso_2022_jp(data: bytes) -> str:
    try:
        return data.decode("iso2022_jp_ext")
    except ValueError:
        return "".join(_run(escape, run) for escape, run in runs(data))


def runs(data: bytes) -> list[tuple[bytes, bytes]]:
    """(escape sequence, what follows it); the text begins as ASCII, after b""."""
    found: list[tuple[bytes, bytes]] = []
    escape, at = b"", 0
    for match in ESCAPE.finditer(data):
        found.append((escape, data[at : match.start()]))
        escape, at = match[0], match.end()
    return [*found, (escape, data[at:])]


def _run(escape: bytes, run: bytes) -> str:
    if escape in _KANJI:
        # White space is itself; the text is made of what that leaves.
        return _PAIRS.sub(lambda pairs: _kanji(pairs[0]).encode(), run).decode()
    if escape == _KANA:
        kana = bytes(octet | 0x80 if octet > 0x20 else octet for octet in run)
        return kana.decode("cp932", "replace")
    if escape in _SINGLE:
        return _by_trying(run)[1]
    return (escape + run).decode("iso2022_jp_ext", "replace")


def _kanji(pairs: bytes) -> str:
    """JIS X 0208 in seven or eight bits: as the standard says, else as Windows means it."""
    try:
        return bytes(octet | 0x80 for octet in pairs).decode(EUC_JP)
    except ValueError:
        return _shifted(pairs).decode("cp932", "replace").translate(_AS_STANDARD)


def _shifted(pairs: bytes) -> bytes:
    """The same places in Shift_JIS, which has two rows in one."""
    found = bytearray()
    for first, second in zip(pairs[::2], pairs[1::2], strict=False):
        row, cell = (first & 0x7F) - 0x21, (second & 0x7F) - 0x21
        lead = row // 2 + 0x81
        found.append(lead if lead < 0xA0 else lead + 0x40)
        trail = cell + (0x9F if row % 2 else 0x40)
        found.append(trail if row % 2 or trail < 0x7F else trail + 1)
    if len(pairs) % 2:
        found += b"\x81"  # half a character
    return bytes(found)


def _euc_jp(data: bytes) -> str:
    return "".join(
        _kanji(match[1]) if match[1] else match[0].decode(EUC_JP, "replace")
        for match in _EUC_RUN.finditer(data)
    )
