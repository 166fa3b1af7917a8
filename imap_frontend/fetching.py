"""FETCH rows: what the index knows is written at once, the rest comes from the service in batches.

Sequence numbers are those the client knows (``view``). Answers of the provider are found by their
normalised name, and leave under the name and in the order the client asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence

from imap_frontend.context import Context
from imap_frontend.replies import wrong
from imap_frontend.view import ClientView
from proxyd.domain.types import Blob
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api import Facts, Reading, Row

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
    facts_of, flag_text, row = view.opened.facts, view.flag_text, template.format
    lines: list[str] = []
    for number, uid in view.rows_at(part):
        facts = facts_of(uid)
        if facts is None:
            continue
        flags = facts.flags
        text = view.tell_flags(number - 1, flags) if tells_flags else flag_text(flags)
        lines.append(row(number, uid, text, facts.size, facts.internal_date))
    return lines


# ---------------------------------------------------------------- rows from the provider


class RemoteRows:
    """One FETCH that needs the provider."""

    def __init__(
        self, ctx: Context, view: ClientView, attributes: Sequence[FetchAttribute]
    ) -> None:
        self._ctx = ctx
        self._view = view
        self._attributes = attributes
        remote = [attribute for attribute in attributes if not is_local(attribute)]
        self._asks = list(dict.fromkeys(attribute.ask for attribute in remote))
        self._keys = {attribute: _answer_name(attribute.ask) for attribute in remote}
        if len(set(self._keys.values())) < len(self._asks):
            raise wrong("twice-cut")
        self._reading = reading_of(remote)
        # With FLAGS asked for they stand in the row anyway.
        self._adds_flags = self._reading is Reading.OPEN and all(
            attribute.name != "FLAGS" for attribute in attributes
        )
        self._names: dict[bytes, bytes] = {}

    async def write(self, uids: Sequence[int]) -> bool:
        """True when every row was there."""
        written = 0
        batches = self._view.opened.fetch(uids, self._asks, self._reading)
        try:
            async for rows in batches:
                for row in rows:
                    written += await self._write_row(row)
                await self._ctx.wire.drain()
        finally:
            # A client that is gone must not keep the provider's line until the collector comes.
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()
        return written == len(uids)

    async def _write_row(self, row: Row) -> bool:
        view, wire = self._view, self._ctx.wire
        index, facts = view.index(row.uid), view.opened.facts(row.uid)
        if index is None or facts is None:
            return False
        local = self._local_texts(index, row.uid, facts)
        values = {self._normal(name): value for name, value in row.values.items()}
        opening = b"* %d FETCH (" % (index + 1)
        wire.write(view.new_keywords() + opening)
        between = b""
        for attribute in self._attributes:
            wire.write(between)
            between = b" "
            await self._write_item(attribute, local, values)
        if self._adds_flags and view.owes_flags(row.uid):
            wire.write(b" FLAGS " + view.tell_flags(index, facts.flags).encode("ascii"))
        wire.write(b")\r\n")
        return True

    async def _write_item(
        self,
        attribute: FetchAttribute,
        local: Mapping[str, bytes],
        values: Mapping[bytes, bytes | Blob],
    ) -> None:
        wire = self._ctx.wire
        if is_local(attribute):
            wire.write(local[attribute.name])
            return
        value = values.get(self._keys[attribute], b"NIL")
        wire.write(attribute.label + b" ")
        if isinstance(value, bytes):
            wire.write(value)
        else:
            await wire.send_literal(value)

    def _local_texts(self, index: int, uid: int, facts: Facts) -> dict[str, bytes]:
        texts: dict[str, bytes] = {}
        for attribute in self._attributes:
            if is_local(attribute):
                told = attribute.name == "FLAGS"
                flags = self._view.tell_flags(index, facts.flags) if told else ""
                text = _LOCAL[attribute.name].format(
                    index + 1, uid, flags, facts.size, facts.internal_date
                )
                texts[attribute.name] = text.encode("ascii")
        return texts

    def _normal(self, name: bytes) -> bytes:
        """Remembered: every row has the same names."""
        normal = self._names.get(name)
        if normal is None:
            normal = self._names[name] = _normal_name(name)
        return normal


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
