"""What SORT and THREAD need of a message's header, read once and kept small (RFC 5256, RFC 5957).

Texts are kept as they are compared (casemapped), ids of other messages as numbers. Invariants:
never raises; time is linear in the header; the result is bounded by ``MAX_KEPT`` and
``ids.MAX_IDS``.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

from proxyd.domain.casemap import casemapped
from proxyd.mailtext.addresses import Address, addresses
from proxyd.mailtext.base_subject import base_subject
from proxyd.mailtext.dates import sent_us
from proxyd.mailtext.fields import Header
from proxyd.mailtext.ids import answered_ids, message_ids, own_id
from proxyd.mailtext.words import decoded

# Header fields to ask upstream for.
FIELDS = ("Date", "Subject", "From", "To", "Cc", "Message-ID", "In-Reply-To", "References")
# Characters of a text by which it is put in order: far more than a person sees in a list.
MAX_KEPT = 500

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
    header = Header(raw)
    subject = base_subject(decoded(header.first(b"SUBJECT")))
    sender, to, cc = (_first_address(header, name) for name in (b"FROM", b"TO", b"CC"))
    return HeaderFacts(
        sent_us=sent_us(header.first(b"DATE")),
        subject=_kept(subject.text),
        is_answer=subject.is_answer,
        from_mailbox=_mailbox(sender),
        to_mailbox=_mailbox(to),
        cc_mailbox=_mailbox(cc),
        from_shown=_shown(sender),
        to_shown=_shown(to),
        id=_number(own_id(header.first(b"MESSAGE-ID"))),
        references=_references(header),
    )


def _first_address(header: Header, name: bytes) -> Address | None:
    return next(addresses(header.first(name)), None)


def _mailbox(address: Address | None) -> str:
    """RFC 5256 §3 sorts by the part before "@"; of a group by its name."""
    return _kept(decoded(address.mailbox or b"")) if address else ""


def _shown(address: Address | None) -> str:
    """RFC 5957 §3: the name, or the address where there is none."""
    if address is None:
        return ""
    if address.name:
        return _kept(decoded(address.name))
    mailbox, host = decoded(address.mailbox or b""), decoded(address.host or b"")
    return _kept(f"{mailbox}@{host}" if host else mailbox)


def _references(header: Header) -> array[int]:
    """RFC 5256 §3: of In-Reply-To only the first id, and only where References has none."""
    found = message_ids(header.first(b"REFERENCES"))
    found = found or answered_ids(header.first(b"IN-REPLY-TO"))[:1]
    return array("q", map(_number, found))


def _kept(text: str) -> str:
    return casemapped(text[:MAX_KEPT])


def _number(message_id: str) -> int:
    """8 octets instead of a hundred. That two of some millions get the same one is less likely than
    that a disk lies; the hash is keyed, so that nobody can choose them.
    """
    if not message_id:
        return NO_ID
    return hash(_QUOTED_LOCAL.sub(_unquoted, message_id)) or 1


def _unquoted(match: re.Match[str]) -> str:
    """RFC 5256 §3: <"a"@b> is the same id as <a@b>."""
    return match[1].replace("\\", "") + "@"
