"""What a client missed while it was away: VANISHED (EARLIER) and changed flags (RFC 7162 §3.2).

The truth remembers what left since a mod-sequence; this narrows it to what the client asked about
and does not know already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from imap_frontend.context import Context
from imap_frontend.fetching import write_local
from imap_frontend.vanished import vanished
from imap_frontend.view import ClientView
from proxyd.imapwire.command import QresyncParameter
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.numset import NumSet, SavedResult

_FLAGS = (FetchAttribute("UID"), FetchAttribute("FLAGS"), FetchAttribute("MODSEQ"))
_ALL = NumSet(((1, 0),))  # 1:*

Ranges = Sequence[tuple[int, int]]


async def resync(ctx: Context, view: ClientView, client: QresyncParameter) -> None:
    """The answers to SELECT (QRESYNC (…)), in the order of §3.2.6: what went, then what changed."""
    if client.uidvalidity != view.opened.uidvalidity:
        return  # §3.2.5: the client sees it by UIDVALIDITY, and all the rest is about other mail
    known = client.known or _ALL
    say_vanished(ctx, view, client.modseq, known, above=_known_up_to(view, client))
    spans = view.changed_since(view.resolve(known, uid=True), client.modseq)
    attributes = _FLAGS[1:] if ctx.has("UIDONLY") else _FLAGS
    await write_local(ctx, view, spans, attributes)


def say_vanished(
    ctx: Context, view: ClientView, since: int, asked: NumSet | SavedResult, *, above: int = 0
) -> None:
    """VANISHED (EARLIER) for those of ``asked`` that left after ``since``.

    §3.2.10.1: it shifts no sequence numbers, so what the client still counts is left for the
    VANISHED that does.
    """
    if isinstance(asked, SavedResult):
        return  # what left is not in "$" any more
    # "*" is the last the client can have known: the greatest UID may be gone itself
    wanted = asked.resolve(view.opened.uidnext - 1)
    gone = _common(view.opened.vanished_since(since), wanted)
    found = ((max(low, above + 1), high) for low, high in gone if high > above)
    for line in vanished(_text(_without(view, found)), "(EARLIER) "):
        ctx.wire.write(line.encode("ascii"))


def _known_up_to(view: ClientView, client: QresyncParameter) -> int:
    """§3.2.5.2: up to the last pair that matches the client has heard of everything."""
    if client.match is None:
        return 0
    numbers, uids = client.match
    known = 0
    for number, uid in zip(_each(numbers), _each(uids), strict=False):
        if number > view.count or view.index(uid) != number - 1:
            break
        known = uid
    return known


def _each(numbers: NumSet) -> Iterator[int]:
    """Lazily: the ranges are the client's."""
    for low, high in numbers.ranges:
        yield from range(min(low, high), max(low, high) + 1)


def _common(ours: Ranges, theirs: Ranges) -> Iterator[tuple[int, int]]:
    """The overlaps of two ascending lists of ranges."""
    mine, his = 0, 0
    while mine < len(ours) and his < len(theirs):
        low = max(ours[mine][0], theirs[his][0])
        high = min(ours[mine][1], theirs[his][1])
        if low <= high:
            yield low, high
        if ours[mine][1] < theirs[his][1]:
            mine += 1
        else:
            his += 1


def _without(view: ClientView, found: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cut out the UIDs that have a sequence number for this client."""
    for low, high in found:
        start = low
        for uid in view.uids_between(low, high):
            if uid > start:
                yield start, uid - 1
            start = uid + 1
        if start <= high:
            yield start, high


def _text(found: Iterable[tuple[int, int]]) -> bytes:
    parts = (f"{low}" if low == high else f"{low}:{high}" for low, high in found)
    return ",".join(parts).encode("ascii")
