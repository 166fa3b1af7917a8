"""The first words of a mail as one line of text (RFC 8970 §3): what a list of mails shows.

From the beginning of a text part, its transfer encoding undone already. Invariants: never raises;
linear in the octets; at most ``PREVIEW_MOST`` characters, printable, on one line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from proxyd.domain.letter_opening import BROKEN, on_one_line, without_opening
from proxyd.mailtext.charsets import in_charset

PREVIEW_MOST = 200  # characters: RFC 8970 §3.1 wants no more, and forbids more than 256

# A comment that never ends takes the rest, so that none is looked through twice.
_MARKUP = re.compile(r"<!--(?:[^-]++|-(?!->))*+(?:-->)?|<[^<>]*+>", re.DOTALL)
_TAG_NAME = re.compile(r"</?\s*([a-z0-9]+)", re.IGNORECASE)
# What stands between these is not to be read.
_UNREAD = frozenset({"head", "script", "style", "title"})
# Tags within a word's line; around all others words are apart.
_INLINE = frozenset(
    {"a", "abbr", "b", "big", "code", "em", "font", "i", "s", "small", "span", "strong", "sub",
     "sup", "tt", "u", "wbr"}
)  # fmt: skip
# White space, and what newsletters fill their first line with to push the rest out of a preview:
# zero-width and soft characters, no-break spaces.
_GAPS = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_UNPAIRED = re.compile("[\ud800-\udfff]")
_QUOTE_MARK = ">"
_SIGNATURES = ("-- ", "--")  # RFC 3676 §4.3, and as white space at the end is lost
_RULE = re.compile(r"\s*[─━]{3,}\s*")
_LINE_END = "\n"


def preview_of(octets: bytes, kind: str, charset: str) -> str:
    """``octets`` may end anywhere. What is no text, or empty, gives an empty string."""
    text = in_charset(octets, charset or "utf-8", cut=True)
    lines = _of_html(text) if kind == "text/html" else _of_plain(text)
    text = _UNPAIRED.sub("\ufffd", on_one_line(without_opening(lines)))
    return _GAPS.sub(_gap, text).strip()[:PREVIEW_MOST].rstrip()


def _gap(match: re.Match[str]) -> str:
    """Characters without width join words where no white space is beside them."""
    if _SPACE.search(match[0]):
        return " "
    return match[0] if len(match[0]) == 1 and match[0] in "\u200c\u200d" else ""


def _of_plain(text: str) -> list[str]:
    """What the writer wrote: quoted lines are left out, unless there is nothing else."""
    own: list[str] = []
    for line in text.splitlines():
        if _ends(line, own):
            break
        if not line.startswith(_QUOTE_MARK) and not _RULE.fullmatch(line):
            own.append(line)
    return own if any(line.strip() for line in own) else text.splitlines()


def _ends(line: str, own: Sequence[str]) -> bool:
    """Whether the signature begins; newsletters draw a line above their first words."""
    return line in _SIGNATURES or (bool(own) and _RULE.fullmatch(line) is not None)


def _of_html(text: str) -> list[str]:
    return html.unescape("".join(_read(text))).split(_LINE_END)


def _read(text: str) -> Iterator[str]:
    """The pieces that a person reads, in one pass; lines end where something begins that is none
    within a line.
    """
    unread = ""  # the element that is being passed over
    at = 0
    for match in _MARKUP.finditer(text):
        if not unread:
            yield _as_shown(text[at : match.start()])
        at = match.end()
        found = _TAG_NAME.match(match[0])
        name = found[1].lower() if found else ""
        if unread:
            unread = "" if name == unread and match[0].startswith("</") else unread
        elif name in _UNREAD and not match[0].startswith("</"):
            unread = name
        elif name not in _INLINE:
            yield _LINE_END
    if not unread:
        yield _as_shown(text[at:].partition("<")[0])  # a tag that is cut off


def _as_shown(text: str) -> str:
    """Line ends of the source are blanks, and none between two Japanese characters."""
    return BROKEN.sub("", text).replace("\r", " ").replace("\n", " ")
