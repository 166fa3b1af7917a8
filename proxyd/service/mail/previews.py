"""PREVIEW (RFC 8970) for any provider: the first text part's beginning, remembered.

Two round trips for mails whose preview is not known yet: what parts there are, then the first few
KB of the right ones, together for all mails where that part has the same number. Must never fail
because of a mail: what is broken has an empty preview.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from proxyd.domain.preview import PREVIEW_MOST, preview_of
from proxyd.domain.transfer_encoding import decoded_start
from proxyd.service.mail.structure import BodyPart, parts_of
from proxyd.service.mailbox.asked import Asked
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.wire_value import literal_octets

# 200 characters are 2.4 KB where each is three octets in quoted-printable; quotes come on top.
PLAIN_OCTETS = 8 * 1024
# Newsletters begin with 20-50 KB of style sheets.
HTML_OCTETS = 64 * 1024
# Messages at once: 4 MiB, where all are newsletters.
PREVIEW_ROWS = 64
# A text that comes to nothing (an empty plain one beside the HTML) makes the next one count.
PARTS_TRIED = 2
ENTRY_OCTETS = 200 + 2 * PREVIEW_MOST


@dataclass(frozen=True, slots=True)
class _Try:
    """Parts of one number and kind, wanted of some mails."""

    number: bytes
    octets: int


async def previews(room: Mailroom, asked: Asked) -> dict[int, str]:
    """By upstream's UID; those that are gone are left out. Raises UpstreamError."""
    known = {uid: room.remembered.previews.get(asked.key(uid)) for uid in asked.uids}
    missing = [uid for uid, text in known.items() if text is None]
    found = {uid: text for uid, text in known.items() if text is not None}
    for start in range(0, len(missing), PREVIEW_ROWS):
        made = await _made(room, asked, missing[start : start + PREVIEW_ROWS])
        for uid, text in made.items():
            room.remembered.previews.put(asked.key(uid), text, ENTRY_OCTETS)
        found |= made
    return found


async def _made(room: Mailroom, asked: Asked, uids: Sequence[int]) -> dict[int, str]:
    rows = await _fetched(room, asked, uids, b"BODYSTRUCTURE")
    texts = {uid: _texts(value) for uid, value in rows.items()}
    made = dict.fromkeys(texts, "")
    for attempt in range(PARTS_TRIED):
        tries: defaultdict[_Try, dict[int, BodyPart]] = defaultdict(dict)
        for uid, parts in texts.items():
            if attempt < len(parts) and not made[uid]:
                part = parts[attempt]
                octets = HTML_OCTETS if part.kind == "text/html" else PLAIN_OCTETS
                tries[_Try(part.number, octets)][uid] = part
        for one, wanted in tries.items():
            ask = b"BODY.PEEK[%b]<0.%d>" % (one.number, one.octets)
            for uid, encoded in (await _fetched(room, asked, list(wanted), ask)).items():
                part = wanted[uid]
                start = decoded_start(encoded, part.encoding)
                made[uid] = preview_of(start, part.kind, part.charset)
    return made


def _texts(structure: bytes) -> list[BodyPart]:
    """The first text parts that are shown with the mail."""
    shown = (part for part in parts_of(structure) if part.kind.startswith("text/"))
    return list(islice((part for part in shown if not part.attached), PARTS_TRIED))


async def _fetched(
    room: Mailroom, asked: Asked, uids: Sequence[int], attribute: bytes
) -> dict[int, bytes]:
    """The one value of each row; nothing for a part that is not there."""
    rows = await room.upstream.fetch(asked.folder.name, asked.uidvalidity, uids, [attribute])
    name = attribute.partition(b"[")[0].removesuffix(b".PEEK")
    found: dict[int, bytes] = {}
    for row in rows:
        for key, value in row.values.items():
            if row.uid in uids and key.upper().startswith(name) and isinstance(value, bytes):
                found[row.uid] = value if name == b"BODYSTRUCTURE" else literal_octets(value)
    return found
