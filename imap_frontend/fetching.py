"""FETCH rows: what the index knows is written at once, the rest comes from the service in batches.

Sequence numbers are those the client knows (``view``). Answers of the provider are found by their
normalised name, and leave under the name and in the order the client asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from imap_frontend.context import Context
from imap_frontend.replies import wrong
from imap_frontend.view import ClientView
from proxyd.domain.types import Blob
from proxyd.imapwire.encode import NIL
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api import Reading, Row

# Rows written before others get their turn: about a millisecond's work.
ROWS_AT_ONCE = 1000

# Places in the template of a row, see ``_template``.
_LOCAL = {
    "UID": "UID {1}",
    "FLAGS": "FLAGS {2}",
    "RFC822.SIZE": "RFC822.SIZE {3}",
    "INTERNALDATE": 'INTERNALDATE "{4}"',
}
_PEEK = re.compile(rb"^BODY\.PEEK\[")
_LENGTH = re.compile(rb"<([0-9]+)\.[0-9]+>$")
_HEADERS_ONLY = re.compile(rb"(^|\.)(HEADER|HEADER\.FIELDS.*|MIME)$", re.DOTALL)


def is_local(attribute: FetchAttribute) -> bool:
    return attribute.name in _LOCAL


def reading_of(attributes: Sequence[FetchAttribute]) -> Reading:
    """What the access log is to call this (DESIGN.md §3 "Access log")."""
    if any(attribute.sets_seen for attribute in attributes):
        return Reading.OPEN
    if any(_is_content(attribute) for attribute in attributes):
        return Reading.COPY
    return Reading.LIST


def _is_content(attribute: FetchAttribute) -> bool:
    return attribute.section is not None and _HEADERS_ONLY.search(attribute.section) is None


# ---------------------------------------------------------------- rows from the index


async def write_local(
    ctx: Context, view: ClientView, spans: Sequence[range], attributes: Sequence[FetchAttribute]
) -> bool:
    """True when every row was there."""
    template = _template(attributes)
    tells_flags = any(attribute.name == "FLAGS" for attribute in attributes)
    complete = True
    for span in spans:
        for start in range(span.start, span.stop, ROWS_AT_ONCE):
            part = range(start, min(start + ROWS_AT_ONCE, span.stop))
            lines = _local_rows(view, part, template, tells_flags=tells_flags)
            complete = complete and len(lines) == len(part)
            ctx.wire.write(view.new_keywords() + "".join(lines).encode("ascii"))
            await ctx.wire.drain()
            await asyncio.sleep(0)
    return complete


def _template(attributes: Sequence[FetchAttribute]) -> str:
    items = " ".join(_LOCAL[attribute.name] for attribute in attributes)
    return "* {0} FETCH (" + items + ")\r\n"


def _local_rows(view: ClientView, part: range, template: str, *, tells_flags: bool) -> list[str]:
    """The hottest loop of the door: 10,000 rows at each start of each Thunderbird."""
    row = template.format
    return [
        row(number, uid, text, facts.size, facts.internal_date)
        for number, uid, text, facts in view.rows_with_facts(part, tells_flags=tells_flags)
    ]


# ---------------------------------------------------------------- rows from the provider


# A row is these, in order: a template of what the index knows, or label and name of an answer.
_Item = str | tuple[bytes, bytes]


class RemoteRows:
    """One FETCH that needs the provider."""

    def __init__(
        self, ctx: Context, view: ClientView, attributes: Sequence[FetchAttribute]
    ) -> None:
        self._ctx = ctx
        self._view = view
        remote = [attribute for attribute in attributes if not is_local(attribute)]
        self._asks = list(dict.fromkeys(attribute.ask for attribute in remote))
        if len({_answer_name(ask) for ask in self._asks}) < len(self._asks):
            raise wrong("twice-cut")
        self._items = _items(attributes)
        self._reading = reading_of(remote)
        self._tells_flags = any(attribute.name == "FLAGS" for attribute in attributes)
        # With FLAGS asked for they stand in the row anyway.
        self._adds_flags = self._reading is Reading.OPEN and not self._tells_flags
        self._names: dict[tuple[bytes, ...], dict[bytes, bytes]] = {}

    async def write(self, uids: Sequence[int]) -> bool:
        """True when every row was there."""
        written = 0
        batches = self._view.opened.fetch(uids, self._asks, self._reading)
        try:
            async for rows in batches:
                for row in rows:
                    pieces = self._row(row)
                    written += bool(pieces)
                    await self._write(pieces)
                    if self._ctx.wire.congested:
                        await self._ctx.wire.drain()
                await self._ctx.wire.drain()
        finally:
            # A client that is gone must not keep the provider's line until the collector comes.
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()
        return written == len(uids)

    async def _write(self, pieces: Sequence[bytes | Blob]) -> None:
        text: list[bytes] = []
        for piece in pieces:
            if isinstance(piece, bytes):
                text.append(piece)
            else:
                self._ctx.wire.write(b"".join(text))
                text.clear()
                await self._ctx.wire.send_literal(piece)
        self._ctx.wire.write(b"".join(text))

    def _row(self, row: Row) -> list[bytes | Blob]:
        """Nothing when the message has gone."""
        view, uid = self._view, row.uid
        index, facts = view.index(uid), view.opened.facts(uid)
        if index is None or facts is None:
            return []
        flags = view.tell_flags(index, facts.flags) if self._tells_flags else ""
        names = self._names_of(row)
        pieces: list[bytes | Blob] = [view.new_keywords(), b"* %d FETCH" % (index + 1)]
        before = b" ("
        for item in self._items:
            pieces.append(before)
            before = b" "
            if isinstance(item, str):
                text = item.format(index + 1, uid, flags, facts.size, facts.internal_date)
                pieces.append(text.encode("ascii"))
            else:
                label, wanted = item
                pieces += (label, row.values[names[wanted]] if wanted in names else NIL)
        if self._adds_flags and view.owes_flags(uid):
            pieces.append(b" FLAGS " + view.tell_flags(index, facts.flags).encode("ascii"))
        pieces.append(b")\r\n")
        return pieces

    def _names_of(self, row: Row) -> dict[bytes, bytes]:
        """Normalised name → name in this row; remembered, because all rows have the same names."""
        names = tuple(row.values)
        known = self._names.get(names)
        if known is None:
            known = self._names[names] = {_normal_name(name): name for name in names}
        return known


def _items(attributes: Sequence[FetchAttribute]) -> list[_Item]:
    items: list[_Item] = []
    for attribute in attributes:
        if not is_local(attribute):
            items.append((attribute.label + b" ", _answer_name(attribute.ask)))
        elif items and isinstance(items[-1], str):
            items[-1] += " " + _LOCAL[attribute.name]
        else:
            items.append(_LOCAL[attribute.name])
    return items


def _answer_name(ask: bytes) -> bytes:
    """How the answer to ``ask`` will be called: no PEEK, a partial's origin only."""
    return _normal_name(_LENGTH.sub(rb"<\1>", _PEEK.sub(b"BODY[", ask)))


def _normal_name(name: bytes) -> bytes:
    """Without case, and header fields without quotes and order: servers echo them as they like."""
    upper = name.upper()
    if b"HEADER.FIELDS" not in upper:
        return upper
    head, _, rest = upper.partition(b"(")
    fields, _, tail = rest.rpartition(b")")
    return head + b"(" + b" ".join(sorted(fields.replace(b'"', b"").split())) + b")" + tail
