"""With whom a mail is: keyed digests of the addresses outside of us, as few octets as can be.

An address itself is nobody's business here: what is asked is only whether two mails have somebody
in common, and whether an answer reaches one of them. Kept as ``KEY`` octets for each, sorted, in
one ``bytes``, with ``_UNREAD`` behind them where all say that nobody reads what is sent there.
None = not known, of mails that were taken in before this was looked at. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from proxyd.domain.thread import Headers

KEY = 8  # octets of each; that two of a mailbox's addresses get the same is 1 in 10^13
MOST = 100  # of one mail
_UNREAD = b"\0"  # no key is as short

# What senders call such an address, in the languages we have seen; without what stands between.
_NOBODY = re.compile(
    r"noreply|noresponse|donotreply|dontreply|donotrespond|nepasrepondre|noresponder|keineantwort"
    r"|nichtantworten|henshinfuka|henshinfuyo"
)
_BETWEEN = re.compile(r"[-._+]")

Keyed = bytes


def keyed(digest: Callable[[str], str], addresses: Iterable[str], own: Collection[str]) -> Keyed:
    """``digest`` is the keyed one of the installation; ``own`` are left out."""
    outside = sorted({each for each in addresses if each and not is_own(each, own)})[:MOST]
    return b"".join(sorted(_key(digest, address) for address in outside))


def is_own(address: str, own: Collection[str]) -> bool:
    """One of ``own``, or one of them with a word of somebody's choice behind a plus (RFC 5233)."""
    if address in own:
        return True
    local, at, host = address.rpartition("@")
    plain, plus, _ = local.partition("+")
    return bool(plus) and f"{plain}{at}{host}" in own


def of_mail(digest: Callable[[str], str], headers: Headers, own: Collection[str]) -> Keyed:
    """From, Reply-To, To and Cc, outside of us (docs/design.md §3 "What an answer is")."""
    everybody = (*headers.from_addresses, *headers.reply_to, *headers.recipients)
    people = keyed(digest, everybody, own)
    unread = all(is_unread(each) for each in everybody if each and not is_own(each, own))
    return people + _UNREAD if people and unread else people


def number_of(one: Keyed) -> int:
    return len(one) // KEY


def have_in_common(one: Keyed, other: Keyed) -> bool:
    if not one or not other:
        return False
    return not each_of(one).isdisjoint(each_of(other))


def overlap(one: Keyed, other: Keyed) -> int:
    """How many of them are the same."""
    return len(each_of(one) & each_of(other))


def together(many: Iterable[Keyed]) -> Keyed:
    return b"".join(sorted(frozenset[bytes]().union(*map(each_of, many))))


# The mails of a conversation are few people's, and each is compared with many.
@lru_cache(maxsize=16_384)
def each_of(one: Keyed) -> frozenset[bytes]:
    return frozenset(one[at : at + KEY] for at in range(0, KEY * number_of(one), KEY))


def is_read(one: Keyed) -> bool:
    """Whether an answer reaches one of them."""
    return bool(one) and not len(one) % KEY


def is_unread(address: str) -> bool:
    """Whether it says that nobody reads what is sent there."""
    local = address.rpartition("@")[0].lower()
    return _NOBODY.search(_BETWEEN.sub("", local)) is not None


def _key(digest: Callable[[str], str], address: str) -> bytes:
    """Another context than a subject's: the log's digests tell nothing of addresses."""
    return hashlib.blake2b(digest(f"address:{address}").encode(), digest_size=KEY).digest()
