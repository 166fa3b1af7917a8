"""One framed response of a server to a value (RFC 9051 §7). Inverse of what a server encodes.

What is only unknown becomes Other; a line that can't be read becomes Junk, and the next one may be
as good as ever: one bad mail or folder hides no other. Tolerant where the meaning is plain. Nothing
in here allocates more than the response is long, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_row import literal_octets, parse_fetch
from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.provider_text import Hide, ProviderText, nothing_to_hide
from proxyd.imapwire.response import (
    BadResponse,
    Capability,
    Continuation,
    Count,
    Junk,
    ListItem,
    Other,
    Response,
    ResponseFrame,
    Search,
    Status,
    StatusItem,
    Vanished,
)

UID_DIGITS = 10
_QUOTED = rb'"(?:[^"\\\r\n]++|\\.)*+"'
_NUMBERED = re.compile(rb"\* ++([0-9]{1,10}) ++([A-Za-z]++)")
_WORD = re.compile(rb"\* ++([A-Za-z0-9\-]++) *+")
# resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
# resp-text       = ["[" resp-text-code "]" SP] text
_STATUS = re.compile(rb"([^ ]++) ++(OK|NO|BAD|BYE|PREAUTH)(?: ++(.*))?", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(rb"\[([A-Za-z0-9\-/.]++)(?: ((?:[^\]\"]++|" + _QUOTED + rb")*+))?+\] *+")
# mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
# What has more than one octet between the quotes is no delimiter: such names have no levels.
_LIST = re.compile(rb'\(([^()]*+)\) ++(?:"(\\?.)"|NIL|"[^"\r\n]*+"|([^\s"(){}])) ++', re.IGNORECASE)
_NAME = re.compile(rb"(" + _QUOTED + rb"|[^\s(){\"]++)|\{([0-9]{1,19})\}\r\n")
_STATUS_ITEM = re.compile(rb'([A-Za-z0-9\-]++) ++"?([0-9]{1,20})')
_MORE = re.compile(rb" *+(?:\(.*)?", re.DOTALL)  # mbox-list-extended


def decode(frame: bytes | ResponseFrame, hide: Hide = nothing_to_hide) -> Response:
    """``hide`` takes the secrets out of what is said in words. Never raises: what can't be read is
    Junk.
    """
    text = frame if isinstance(frame, bytes) else frame.text
    try:
        return _decoded(frame, text, hide)
    except BadResponse as bad:
        word = _WORD.match(text)
        about = word[1].upper().decode() if word is not None else ""
        return Junk(f"{bad}: {ProviderText(text, hide)}" if text.strip() else "", about)


def _decoded(frame: bytes | ResponseFrame, text: bytes, hide: Hide) -> Response:
    numbered = _NUMBERED.match(text)
    if numbered is not None:
        name = numbered[2].upper()
        if name == b"FETCH":
            return parse_fetch(frame)
        return Count(int(numbered[1]), name.decode())
    if text.startswith(b"* "):
        return _untagged(text, hide)
    if text.startswith(b"+"):
        return Continuation(text[1:].strip())
    status = _status(text, hide)
    if status is None:
        raise BadResponse("a line that is no IMAP")
    return status


def _untagged(text: bytes, hide: Hide) -> Response:
    status = _status(text, hide)
    if status is not None:
        return status
    word = _WORD.match(text)
    if word is None:
        raise BadResponse("an untagged line that is no IMAP")
    name = word[1].upper()
    parse = _PARSERS.get(name)
    rest = text[word.end() :]
    return parse(rest) if parse is not None else Other(name.decode(), rest)


def _status(text: bytes, hide: Hide) -> Status | None:
    found = _STATUS.fullmatch(text)
    if found is None:
        return None
    tag, condition, rest = found.groups()
    code, argument = "", b""
    if rest and (coded := _CODE.match(rest)):
        code, argument = coded[1].upper().decode(), coded[2] or b""
        rest = rest[coded.end() :]
    known_tag = None if tag == b"*" else tag
    said = ProviderText(rest or b"", hide)
    return Status(known_tag, condition.upper().decode(), code, argument, said)


def capability_words(raw: bytes) -> frozenset[str]:
    """Of ``* CAPABILITY …`` or a CAPABILITY code."""
    return frozenset(raw.upper().decode("ascii", "replace").split())


def _capability(rest: bytes) -> Capability:
    return Capability(capability_words(rest))


def _list(rest: bytes) -> ListItem:
    found = _LIST.match(rest)
    if found is None:
        raise BadResponse("a LIST response that can't be read")
    attributes = frozenset(found[1].lower().decode("ascii", "replace").split())
    delimiter = (found[2] or found[3] or b"")[-1:].decode("ascii", "replace")
    name, end = _mailbox_name(rest, found.end())
    if not _MORE.fullmatch(rest, end):  # a name with spaces that should have had quotes
        name = rest[found.end() :].rstrip(b" ")
    return ListItem(attributes, delimiter, name)


def _mailbox_name(rest: bytes, position: int) -> tuple[bytes, int]:
    """The name (quoted, literal or atom) and where it ends."""
    found = _NAME.match(rest, position)
    if found is None:
        raise BadResponse("a mailbox name is missing")
    if found[2] is not None:
        end = found.end() + int(found[2])
        return rest[found.end() : end], end
    name = found[1]
    return (literal_octets(name) or b"") if name.startswith(b'"') else name, found.end()


def _status_item(rest: bytes) -> StatusItem:
    name, end = _mailbox_name(rest, 0)
    items = rest[end:].strip()
    if not items.startswith(b"(") or not items.endswith(b")"):
        raise BadResponse("a STATUS response that can't be read")
    pairs = _STATUS_ITEM.findall(items)
    return StatusItem(name, {key.upper().decode(): int(value) for key, value in pairs})


def _search(rest: bytes) -> Search:
    # RFC 7162 §3.1.5 appends "(MODSEQ n)".
    words = rest.partition(b"(")[0].split()
    numbers = tuple(int(word) for word in words if word.isdigit() and len(word) <= UID_DIGITS)
    return Search(numbers, len(numbers) == len(words))


def _vanished(rest: bytes) -> Vanished:
    earlier = rest.upper().startswith(b"(EARLIER) ")
    try:
        return Vanished(earlier, NumSet.parse(rest[len(b"(EARLIER) ") :] if earlier else rest))
    except BadSyntax:
        raise BadResponse("a VANISHED response that can't be read") from None


_PARSERS: dict[bytes, Callable[[bytes], Response]] = {
    b"CAPABILITY": _capability,
    b"LIST": _list,
    b"LSUB": _list,
    b"STATUS": _status_item,
    b"SEARCH": _search,
    b"VANISHED": _vanished,
}
