"""Does somebody copy far more mail than is usual for them? (docs/decisions/057-copied-much.md)

Pure. What is usual is learned per person, from their own days, else from their colleagues'. The
first synchronisation of a new computer is told apart by what it is: a client that was not here
before takes each mail once. Must never refuse anything: who decides here stops nobody.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from proxyd.domain.percentiles import percentile

# On so many of their own days something is learned; below it colleagues are asked.
LEAST_DAYS = 5
# The newest ones count: somebody's work changes.
MOST_DAYS = 20
DAYS_BACK = 60  # in which they are looked for
_OFTEN = 90  # percent: one day in ten may be above it

# A mailbox of some GB over a slow line takes a weekend.
NEW_FOR_US = 3 * 86_400_000_000
# Mail that comes in meanwhile, and what a client asks for twice because a line broke.
_MORE_SHARE, _MORE = 50, 100  # one in so many, and so many on top
_AGAIN_SHARE, _AGAIN = 20, 50
# A computer and a telephone; each further one within a month is no accident of a new year.
NEW_CLIENTS = 2
NEW_CLIENTS_US = 30 * 86_400_000_000

_VERSION = re.compile(r"[\s/]*v?\d.*", re.DOTALL)
_SECTION = re.compile(
    rb"(?:BODY|BINARY)(?:\.PEEK)?\[(?P<part>[^\]]*)\](?:<(?P<first>\d+)(?:\.\d+)?>)?", re.IGNORECASE
)


class Extent(Enum):
    """How much of a mail one FETCH takes."""

    NOTHING = 0  # of its text: header fields, a preview, the rest of what was begun
    PART = 1
    WHOLE = 2


class CopyKind(StrEnum):
    """What is counted of a day; the words stand in the database."""

    KNOWN = "known"  # mails, by a client that has been here before
    FIRST = "first"  # mails, by one that is new
    AGAIN = "again"  # how often one was taken that the client has had on that day
    ALARM = "alarm"  # 1: the alarm was given
    NOTICE = "notice"  # 1: that a first synchronisation is under way was noted


@dataclass(frozen=True, slots=True)
class Client:
    """One client of one person in one shared mailbox, after what it has taken now. ``mails``
    and ``again`` are of all its days; ``new_beside``: others of that person that came lately and
    have taken much as well.
    """

    first_us: int
    mails: int
    again: int
    new_beside: int = 0

    def is_new(self, now_us: int) -> bool:
        return now_us - self.first_us <= NEW_FOR_US

    def synchronises(self, now_us: int, mails_there: int) -> bool:
        """As a new computer does: each mail once, and no more than there are."""
        return (
            self.is_new(now_us)
            and self.new_beside < NEW_CLIENTS
            and self.mails <= mails_there + mails_there // _MORE_SHARE + _MORE
            and self.again <= self.mails // _AGAIN_SHARE + _AGAIN
        )


@dataclass(frozen=True, slots=True)
class Usual:
    """``median``: of a day. ``often``: nine days in ten have no more. ``days``: so many tell."""

    median: int
    often: int
    days: int


@dataclass(frozen=True, slots=True)
class Today:
    """Of one person, in all shared mailboxes."""

    known: int = 0
    first: int = 0
    again: int = 0
    alarm: bool = False
    notice: bool = False


class Judgement(Enum):
    QUIET = 0
    NOTICE = 1  # a first synchronisation
    ALARM = 2


def usual(own: Sequence[int], colleagues: Sequence[int]) -> Usual:
    """Mails of a day: of this person, the newest first; of all days of the colleagues, in any
    order. Days without any are no days of work, and one of which something was told teaches
    nothing.
    """
    days = own[:MOST_DAYS] if len(own) >= LEAST_DAYS else colleagues
    if len(days) < LEAST_DAYS:
        return Usual(0, 0, 0)
    ordered = sorted(days)
    return Usual(percentile(ordered, 50) or 0, percentile(ordered, _OFTEN) or 0, len(ordered))


def limit(usual: Usual, factor: int, floor: int) -> int | None:
    """Mails of a day beyond which it is told; None: never. ``factor`` 0 switches it off."""
    return max(floor, usual.often * factor) if factor else None


def judged(
    today: Today, client: Client, now_us: int, mails_there: int, most: int | None
) -> Judgement:
    """After ``client`` has taken something. Each is told once a day."""
    if most is None:
        return Judgement.QUIET
    excused = client.synchronises(now_us, mails_there) or not client.is_new(now_us)
    taken = today.known + today.again + (0 if excused else today.first)
    if taken > most:
        return Judgement.QUIET if today.alarm else Judgement.ALARM
    if today.first > most and client.is_new(now_us):
        return Judgement.QUIET if today.notice or today.alarm else Judgement.NOTICE
    return Judgement.QUIET


def extent_of(attributes: Sequence[bytes]) -> Extent:
    """Of the attributes of a FETCH, as RFC 9051 §6.4.5 writes them."""
    found = Extent.NOTHING
    for attribute in attributes:
        section = _SECTION.match(attribute)
        if section is None or int((section["first"] or b"0")[:20]):
            continue
        part = section["part"].upper()
        if not part:
            return Extent.WHOLE
        if b"HEADER" not in part and b"MIME" not in part:
            found = Extent.PART
    return found


def client_of(said: str) -> str:
    """What a client says of itself (RFC 2971), without its version: that changes by itself."""
    return _VERSION.sub("", said).strip().lower()[:60]


def place_of(address: str) -> str:
    """Of IPv6 the network: the rest changes by itself (RFC 8981)."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
