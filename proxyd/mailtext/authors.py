"""In whose name a mail speaks: addresses of From, Sender, … that everybody reads alike.

``addresses`` reads whatever exists; this takes only what a strict reader (RFC 5322 §3.4) and a lax
one, one that knows no nesting and one that decodes before it splits, read as the same. Everything
else is ``Ambiguous``: somebody's mail program would show another sender than was checked.
Invariant: the addresses are those that ``addresses`` reads, and the standard library's parser.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from proxyd.mailtext.addresses import a_labels, addresses, compared, quoted_local
from proxyd.mailtext.words import MAX_TEXT, decoded

# No person's name and address take more; a list of authors neither.
MAX_FIELD = MAX_TEXT

# No control, special, or character that looks like none or like a space (RFC 5322 §3.2.3, RFC 6532
# §3.2); but the ideographic space, and what joins emoji.
_UNSEEN = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\ufeff"
_ATOM = rf'[^{_UNSEEN}()<>\[\]@,;:\\"]++'
_QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]++|\\[ -~])*+"'
# One that nests, or holds an address or signs around one, is read by some as something else.
_COMMENT = r'\([^()<>@\\"\x00-\x08\x0a-\x1f\x7f]*+\)'
_GAP = r"[ \t]*+"
_LABEL = r"[^\W_](?:[\w\-]*+)"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*+|\[[0-9A-Fa-f.:IPv]++\]"
_DOTTED = rf'[^{_UNSEEN}\u3000\u200c\u200d()<>\[\]@,;:\\".]++'
_LOCAL = rf"{_DOTTED}(?:\.{_DOTTED})*+|{_QUOTED}"
_BARE = re.compile(rf"({_LOCAL})@({_HOST}){_GAP}(?:({_COMMENT}){_GAP})?+")
# An address may stand for the name, as phones write it: alone, and the very address.
_NAME = rf"(?:{_LOCAL})@(?:{_HOST}){_GAP}(?=<)|(?:(?:{_ATOM}|{_QUOTED}|{_COMMENT}){_GAP})*+"
_NAMED = re.compile(rf"({_NAME})<({_LOCAL})@({_HOST})>{_GAP}(?:({_COMMENT}){_GAP})?+")
_SPACE = re.compile(r"[ \t]*+")
_BLANK_LINE = re.compile(rb"\n[ \t]*+(?:\r?\n|\Z)")

# What a reader takes for an address where a name is shown.
_APART = re.compile(r"[\s<>()\[\],;:\"'「」（）【】]+")
_IN_ANGLES = re.compile(r"<([^<>]*+)>")
_CLOSE_TO_AT = re.compile(r"(?<=\S) @(?=\S)|(?<=\S)@ (?=\S)")
_SHOWN = re.compile(r"[^\s@()\[\],;:\"']++@[\w.\-]++")
_SHOWN_HOST = re.compile(r"[^\W_][\w\-]*+(?:\.[\w\-]++)++")
_OVERRIDES = re.compile("[\u202d\u202e]")  # they show a text backwards
_ESCAPED = re.compile(r"\\(.)")


class Ambiguous(ValueError):
    """Not everybody reads the field alike, or it is no address."""


@dataclass(frozen=True, slots=True)
class Author:
    address: str  # as it is compared
    named: tuple[str, ...] = ()  # addresses that the name shows, as they are compared


def authors(value: bytes) -> tuple[Author, ...]:
    """Of a field's value as it stands, folded or not; at least one. Raises Ambiguous."""
    text = _text(value)
    found: list[Author] = []
    at = _after_space(text, 0)
    while True:
        match = _NAMED.match(text, at) or _BARE.match(text, at)
        if match is None:
            raise Ambiguous("no address")
        found.append(_author(match))
        at = match.end()
        if at == len(text):
            break
        if text[at] != ",":
            raise Ambiguous("something behind an address")
        at = _after_space(text, at + 1)
    if [author.address for author in found] != [one.text for one in addresses(text.encode())]:
        raise Ambiguous("read in two ways")
    return tuple(found)


def _text(value: bytes) -> str:
    """Unfolded. A line of white space ends the header for some."""
    if len(value) > MAX_FIELD:
        raise Ambiguous("too long")
    if _BLANK_LINE.search(value.rstrip(b"\r\n")):
        raise Ambiguous("folded to nothing")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise Ambiguous("octets that are no text") from None
    return re.sub(r"\r?\n(?=[ \t])", "", text.rstrip("\r\n"))


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _author(match: re.Match[str]) -> Author:
    name, local, host, comment = match.groups() if match.re is _NAMED else ("", *match.groups())
    if local.startswith('"') and quoted_local(_ESCAPED.sub(r"\1", local[1:-1])) != local:
        raise Ambiguous("quotes that mean nothing")  # some read "a"@b as a name and a host
    bare = _BARE.fullmatch(name)
    if bare and compared(name) != compared(f"{local}@{host}"):
        raise Ambiguous("two addresses")
    if not a_labels(host).isascii():
        raise Ambiguous("a host that is written in another way")
    return Author(compared(f"{local}@{host}"), _shown(f"{name} {comment or ''}"))


def _shown(name: str) -> tuple[str, ...]:
    """Addresses in what is shown as the name: decoded, of full width or not, without what nobody
    sees. Raises Ambiguous.
    """
    plain = _ESCAPED.sub(r"\1", name).replace('"', " ")
    text = f"{decoded(plain.encode())} {plain}"  # some don't decode what they don't know
    if _OVERRIDES.search(text):
        raise Ambiguous("a name that is shown backwards")
    text = unicodedata.normalize("NFKC", text)
    text = " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())
    if any("@" in one and not _SHOWN.fullmatch(one) for one in _IN_ANGLES.findall(text)):
        raise Ambiguous("something like an address in the name")
    text = _CLOSE_TO_AT.sub("@", text)
    found: dict[str, None] = {}
    for word in _APART.split(text):
        for local, host in pairwise(word.split("@")):
            shown = _SHOWN_HOST.match(host)
            # A name such as 田中@example.jp is no address: Japanese writes "at" like that.
            if shown and local and unicodedata.east_asian_width(local[-1]) not in "WF":
                found[compared(f"{local}@{shown[0]}")] = None
    return tuple(found)
