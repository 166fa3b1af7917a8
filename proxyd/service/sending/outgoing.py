"""A submitted mail made ready: what goes out, and the copy for Sent.

Edits header fields as bytes and leaves everything else as it came (long lines, 8-bit text, the
order of fields). Knows no people and no guards. Invariants: what goes out has CRLF line ends only,
exactly one From, a Message-ID and a Date, no Bcc and no X-Proxyd-* field (of a mail attached to it
neither, see attached.py); the copy differs from it only by Bcc and the field that names the
sender's login.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import islice

from proxyd.domain.attached import OURS, without_ours
from proxyd.domain.errors import CannotDo
from proxyd.domain.guard import body_digest, copy_digest, message_digest
from proxyd.domain.mail_content import content_of
from proxyd.domain.passed_on import passed_on
from proxyd.domain.promise import promise_in
from proxyd.domain.thread import Headers, parse_headers
from proxyd.mailtext.authors import Ambiguous, Author, authors
from proxyd.mailtext.fields import MAX_HEADER, Field, fields, first, header_end
from proxyd.mailtext.ids import own_id
from proxyd.mailtext.topic import Topic, topic

SENT_BY = b"X-Proxyd-Sent-By"

_HIDDEN = frozenset({b"BCC", b"RESENT-BCC"})  # RFC 5322 §3.6.3: recipients nobody is to learn of
# RFC 5322 §3.6: at most once.
_SINGLE = frozenset({b"FROM", b"SENDER", b"REPLY-TO", b"MESSAGE-ID", b"DATE"})
# Who a mail says it is from. Of the last one nobody asks whose it is.
_REPLY_TO = b"REPLY-TO"
_SPEAKING = (b"FROM", b"SENDER", b"RESENT-FROM", b"RESENT-SENDER", _REPLY_TO)
_NAME = re.compile(rb"[!-9;-~]+[ \t]*:")  # RFC 5322 §2.2, with the obsolete space of §4.5
_LINE_END = re.compile(rb"\r\n|\r|\n")
# Where some programs end a line too, in front of a field that says who it is from.
_UNSEEN_FIELD = re.compile(
    rb"(?:[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9])[ \t]*+(?:"
    + b"|".join(_SPEAKING)
    + rb")[ \t]*:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    message: bytes  # what goes out
    copy: bytes  # what is filed in Sent
    headers: Headers
    # Addresses of From, Sender, Resent-From, …, and those that their names show, as they are
    # compared; the first From comes first.
    authors: tuple[str, ...]
    body_digest: str
    digest: str
    copy_digest: str  # of this making of it
    topic: Topic  # what its subject says that it is about
    promise: str = ""  # the word by which its text says that something is attached
    files: int = 0  # that are attached
    passed_on: tuple[str, ...] = ()  # Message-IDs of the mails that are


@dataclass(frozen=True, slots=True)
class Stamp:
    """What proxyd adds where it is missing; made by the caller, who has the clock and the dice."""

    login: str
    now: datetime
    token: str


def prepare(message: bytes, sender: str, recipients: tuple[str, ...], stamp: Stamp) -> Outgoing:
    """Raises CannotDo("malformed") with the fact ``what``, and CannotDo("unclear-sender") with the
    fact ``field`` where others could read another sender than we do.
    """
    found, body = _split(without_ours(_with_crlf(message)))
    found = [field for field in found if not field.name.startswith(OURS)]
    _require_single(found)
    speaking = _speaking(found)
    # As the client wrote it: what we add is new with each attempt.
    date, id_ = ((first(found, name) or b"").decode("latin-1") for name in (b"DATE", b"MESSAGE-ID"))
    found = _completed(found, speaking[0], stamp)
    goes = b"".join(field.raw for field in found if field.name not in _HIDDEN)
    headers = parse_headers(goes)
    whole = goes + body
    content = content_of(whole)
    told = body_digest(content.texts)
    return Outgoing(
        message=whole,
        copy=_sent_by(stamp.login) + b"".join(field.raw for field in found) + body,
        headers=headers,
        authors=speaking,
        body_digest=told,
        digest=message_digest(sender, recipients, told, (headers.subject, *content.files)),
        copy_digest=copy_digest(id_.strip(), date, told),
        topic=topic(headers.subject),
        promise="" if content.attached else promise_in(content.written),
        files=content.attached,
        passed_on=passed_on(whole),
    )


def _with_crlf(message: bytes) -> bytes:
    """RFC 5321 §2.3.8: a bare CR or LF must not go out, or a server behind may see another end.

    A header that mixes them has as many readings as readers.
    """
    ends = message.count(b"\r\n")
    if message.count(b"\n") == ends == message.count(b"\r"):
        return message
    # Not by one expression: that would keep everybody waiting for seconds.
    even = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    lines = even.count(b"\n", 0, header_end(even))
    if len({end[0] for end in islice(_LINE_END.finditer(message), lines)}) > 1:
        raise CannotDo("malformed", what="line ends")
    return even


def _split(message: bytes) -> tuple[list[Field], bytes]:
    """The fields, and the body with the empty line before it."""
    end = header_end(message)
    head, body = message[:end], message[end:]
    if head.endswith(b"\r\n\r\n") or head == b"\r\n":
        head, body = head[:-2], b"\r\n" + body
    else:  # a header without a body
        head, body = head + (b"" if head.endswith(b"\r\n") else b"\r\n"), b"\r\n"
    if len(head) > MAX_HEADER:
        raise CannotDo("malformed", what="header size")
    found = fields(head)
    if b"\0" in head or _UNSEEN_FIELD.search(head) or not all(map(_is_field, found)):
        raise CannotDo("malformed", what="header")
    return found, body


def _is_field(field: Field) -> bool:
    return _NAME.match(field.raw) is not None


def _require_single(found: list[Field]) -> None:
    """Two From fields show one to us and the other to the reader."""
    names = [field.name for field in found]
    for name in _SINGLE:
        if names.count(name) > 1:
            raise CannotDo("malformed", what=name.decode("ascii").lower())


def _speaking(found: list[Field]) -> tuple[str, ...]:
    """In whose name the mail speaks, the first From first."""
    spoken = {name: [a for f in found if f.name == name for a in _read(f)] for name in _SPEAKING}
    if not spoken[b"FROM"]:
        raise CannotDo("malformed", what="from")
    # RFC 5322 §3.6.2: of several authors one sends, and only one does.
    if len(spoken[b"SENDER"]) > 1 or len(spoken[b"FROM"]) > 1 > len(spoken[b"SENDER"]):
        raise CannotDo("malformed", what="sender")
    spoken.pop(_REPLY_TO)
    every = [author for one in spoken.values() for author in one]
    addresses = [author.address for author in every]
    return tuple(dict.fromkeys((*addresses, *(name for author in every for name in author.named))))


def _read(field: Field) -> tuple[Author, ...]:
    """An empty Reply-To says nothing; all others must say who it is."""
    name, _, value = field.raw.partition(b":")
    if field.name == _REPLY_TO and not value.strip():
        return ()
    try:
        if name.upper() != field.name:
            raise Ambiguous("white space before the colon")
        return authors(value)
    except Ambiguous:
        shown = field.name.decode("ascii").title()
        raise CannotDo("unclear-sender", field=shown) from None


def _completed(found: list[Field], author: str, stamp: Stamp) -> list[Field]:
    """RFC 6409 §8: a submission server may add Message-ID and Date where they are missing."""
    kept = [field for field in found if field.name != b"MESSAGE-ID" or own_id(field.value)]
    names = {field.name for field in kept}
    added: list[Field] = []
    if b"MESSAGE-ID" not in names:
        domain = author.rpartition("@")[2].encode("utf-8")
        text = b"Message-ID: <%s@%s>\r\n" % (stamp.token.encode("ascii"), domain)
        added.append(Field(b"MESSAGE-ID", text))
    if b"DATE" not in names:
        date = format_datetime(stamp.now).encode("ascii")
        added.append(Field(b"DATE", b"Date: %s\r\n" % date))
    return added + kept


def _sent_by(login: str) -> bytes:
    return b"%s: %s\r\n" % (SENT_BY, login.encode("utf-8"))
