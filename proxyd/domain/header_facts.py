"""What SORT and THREAD need of a message's header, read once and kept small (RFC 5256, RFC 5957).

Texts are kept as they are compared (casemapped), ids of other messages as numbers. Invariants:
never raises; time is linear in the header; the result is bounded by ``MAX_KEPT`` and
``thread.MAX_IDS``.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

from proxyd.domain.base_subject import base_subject
from proxyd.domain.casemap import casemapped
from proxyd.domain.encoded_words import decoded
from proxyd.domain.first_address import FirstAddress, first_address
from proxyd.domain.sent_date import sent_us
from proxyd.domain.thread import MAX_HEADER, message_ids

# Header fields to ask upstream for.
FIELDS = ("Date", "Subject", "From", "To", "Cc", "Message-ID", "In-Reply-To", "References")
# Characters of a text by which it is put in order: far more than a person sees in a list.
MAX_KEPT = 500

_END_OF_HEADER = re.compile(rb"(?:\A|\n)\r?\n")
_FIELD = re.compile(
    rb"^(" + b"|".join(re.escape(name.encode()) for name in FIELDS) + rb")"
    rb"[ \t]*:((?:[^\n]*+)(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_LOCAL = re.compile(r'"((?:[^"\\]|\\.)*)"@')
NO_ID = 0
# The object with its slots, six strings, an array and the cache entry: 870 measured, with texts.
FACTS_OCTETS = 800


def _no_ids() -> array[int]:
    return array("q")


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    sent_us: int | None = None  # None: no valid Date, INTERNALDATE counts
    subject: str = ""  # the base subject, casemapped
    is_answer: bool = False  # the subject says reply or forward
    from_mailbox: str = ""
    to_mailbox: str = ""
    cc_mailbox: str = ""
    from_shown: str = ""
    to_shown: str = ""
    id: int = NO_ID  # of the Message-ID
    references: array[int] = field(default_factory=_no_ids)  # never changed; oldest first

    @property
    def cost(self) -> int:
        """Octets in memory, roughly: an object, its texts (4 octets a character at most), ids."""
        texts = (self.subject, self.from_mailbox, self.to_mailbox, self.cc_mailbox)
        characters = sum(map(len, (*texts, self.from_shown, self.to_shown)))
        return FACTS_OCTETS + 2 * characters + 8 * len(self.references)


def header_facts(raw: bytes) -> HeaderFacts:
    """From a raw header; a body behind it is disregarded."""
    raw = raw[:MAX_HEADER]
    end = _END_OF_HEADER.search(raw)
    fields: dict[bytes, bytes] = {}
    for match in _FIELD.finditer(raw, 0, end.start() + 1 if end else len(raw)):
        fields.setdefault(match[1].lower(), match[2])  # of doubles the first counts, as in Dovecot
    subject = base_subject(decoded(fields.get(b"subject", b"")))
    sender, to, cc = (_address(fields, name) for name in (b"from", b"to", b"cc"))
    own = _ids(fields.get(b"message-id", b""))
    return HeaderFacts(
        sent_us=sent_us(fields.get(b"date", b"")),
        subject=_kept(subject.text),
        is_answer=subject.is_answer,
        from_mailbox=_kept(sender.mailbox),
        to_mailbox=_kept(to.mailbox),
        cc_mailbox=_kept(cc.mailbox),
        from_shown=_kept(sender.shown),
        to_shown=_kept(to.shown),
        id=own[0] if own else NO_ID,
        references=_references(fields),
    )


def _references(fields: dict[bytes, bytes]) -> array[int]:
    """RFC 5256 §3: of In-Reply-To only the first id, and only where References has none."""
    found = _ids(fields.get(b"references", b""))
    return array("q", found or _ids(fields.get(b"in-reply-to", b""))[:1])


def _address(fields: dict[bytes, bytes], name: bytes) -> FirstAddress:
    value = fields.get(name)
    return first_address(value) if value else FirstAddress()


def _kept(text: str) -> str:
    return casemapped(text[:MAX_KEPT])


def _ids(value: bytes) -> list[int]:
    """As numbers: 8 octets instead of a hundred. That two of some millions get the same one is
    less likely than that a disk lies; the hash is keyed, so that nobody can choose them.
    """
    if not value:
        return []
    return [hash(_QUOTED_LOCAL.sub(_unquoted, one)) or 1 for one in message_ids(value)]


def _unquoted(match: re.Match[str]) -> str:
    """RFC 5256 §3: <"a"@b> is the same id as <a@b>."""
    return match[1].replace("\\", "") + "@"
