"""Arguments of MAIL and RCPT: reverse-path, forward-path and parameters (RFC 5321 §4.1.2).

Pure: text in, values out. Knows no policy. Invariant: an address that comes out has one "@" outside
quotes, no control character and no space outside quotes, so it can go into any command again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# RFC 5321 §4.5.3.1.3 limits a path to 256 octets.
MAX_PATH = 256

# RFC 5321 §4.1.2: Dot-string and Quoted-string; RFC 6531 §3.3 adds every character above ASCII.
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]"
_LOCAL = rf'(?:{_ATEXT}+(?:\.{_ATEXT}+)*|"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*")'
_LABEL = (
    r"[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9\-_\u0080-\U0010ffff]*[A-Za-z0-9\u0080-\U0010ffff])?"
)
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[!-Z^-~]+\])"
_MAILBOX = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>')
_ROUTE = re.compile(r"@[^:<>]*:")  # §4.1.1.3: source routes must be accepted and may be ignored
_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]*")
_VALUE = re.compile(r"[!-<>-~\u0080-\U0010ffff]+")
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class BadArgument(Exception):
    """``key`` names the reply."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Path:
    address: str  # "" for <>
    parameters: dict[str, str] = field(default_factory=dict)  # upper case → value or ""


def parse_path(keyword: str, argument: str | None) -> Path:
    """The path behind ``FROM:`` or ``TO:``. Raises BadArgument."""
    text = (argument or "").strip()
    if not text.upper().startswith(keyword):
        raise BadArgument("bad-path")
    if _UNUSABLE.search(text):
        raise BadArgument("bad-characters")
    match = _PATH.match(text[len(keyword) :].lstrip())
    if not match:
        raise BadArgument("bad-path")
    rest = text[len(keyword) :].lstrip()[match.end() :]
    if rest and not rest.startswith(" "):
        raise BadArgument("bad-path")
    return Path(_address(match[1]), _parameters(rest))


def _address(inside: str) -> str:
    address = _ROUTE.sub("", inside, count=1) if inside.startswith("@") else inside
    if len(address.encode()) > MAX_PATH or (address and not _MAILBOX.fullmatch(address)):
        raise BadArgument("bad-address")
    return address


def _parameters(rest: str) -> dict[str, str]:
    """esmtp-param of §4.1.2; one that is given twice is wrong."""
    found: dict[str, str] = {}
    for word in rest.split():
        name, equals, value = word.partition("=")
        if not _KEYWORD.fullmatch(name) or (equals and not _VALUE.fullmatch(value)):
            raise BadArgument("bad-path")
        if name.upper() in found:
            raise BadArgument("bad-path")
        found[name.upper()] = value
    return found
