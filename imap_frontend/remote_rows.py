"""FETCH rows with values that the service brings, in batches: headers, structure, bodies.

Answers of the provider are found by their normalised name, and leave under the name and in the
order the client asked. A batch in which nothing else is due than what is asked is made in one loop
(plain_rows.py); in others each row is looked at.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from imap_frontend.asked_once import AskedOnce, beginning
from imap_frontend.context import Context
from imap_frontend.fetch_items import TEMPLATES, is_local, is_mark, known, names, reading_of
from imap_frontend.fetching import row_head
from imap_frontend.plain_rows import Item, PlainRows
from imap_frontend.view import ClientView
from proxyd.domain.types import Blob
from proxyd.imapwire.encode import NIL
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.fetch_name import answer_name, normal_name
from proxyd.service.api.reading import FetchedRow, Reading
from proxyd.service.api.rows import MessageFacts


class RemoteRows:
    """One FETCH that needs the provider."""

    def __init__(
        self, ctx: Context, view: ClientView, attributes: Sequence[FetchAttribute]
    ) -> None:
        self._ctx = ctx
        self._view = view
        remote = [attribute for attribute in attributes if not is_local(attribute)]
        self._once = AskedOnce(remote)
        self._head = row_head(ctx)
        self._items = _items(attributes, self._once)
        self._marked = any(map(is_mark, attributes))
        self._reading = reading_of(remote)
        self._asked = names(attributes)
        # Of what is opened the flags may change, and be due with the row.
        is_whole = not any(isinstance(item, tuple) and item[2] is not None for item in self._items)
        is_plain = is_whole and not self._marked and self._reading is not Reading.OPEN
        self._plain = (
            PlainRows(view, self._head, self._items, tells_flags="FLAGS" in self._asked)
            if is_plain
            else None
        )
        self._names: dict[tuple[bytes, ...], dict[bytes, bytes]] = {}

    async def write(self, uids: Sequence[int]) -> int:
        """How many rows were there."""
        written = 0
        batches = self._view.opened.fetch(uids, self._once.asks, self._reading)
        try:
            async for rows in batches:
                written += await self._write_batch(rows)
                await self._ctx.wire.drain()
        finally:
            # A client that is gone must not keep the provider's line until the collector comes.
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()
        return written

    async def _write_batch(self, rows: Sequence[FetchedRow]) -> int:
        """How many were still there."""
        wire = self._ctx.wire
        lines = self._plain.lines(rows, self._names_of(rows[0])) if self._plain and rows else None
        if lines is not None:
            wire.write(self._view.flags.new_keywords())
            for line in lines:
                wire.write(line)
                if wire.congested:
                    await wire.drain()
            return len(rows)
        written = 0
        for row in rows:
            pieces = self._row(row)
            written += bool(pieces)
            await self._write(pieces)
            if wire.congested:
                await wire.drain()
        return written

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

    def _row(self, row: FetchedRow) -> list[bytes | Blob]:
        """Nothing when the message has gone."""
        view, uid = self._view, row.uid
        index, facts = view.index(uid), view.opened.facts(uid)
        if index is None or facts is None:
            return []
        added = self._added(index, uid, facts)
        flags = view.tell_flags(index, facts.flags) if "FLAGS" in self._asked else ""
        marks = view.marks_told(uid, tells_modseq="MODSEQ" in self._asked) if self._marked else None
        there = self._names_of(row)
        local = known(index + 1, uid, flags, facts, marks)
        head = self._head.format(*local).encode("ascii")
        pieces: list[bytes | Blob] = [view.flags.new_keywords(), head]
        before = b" ("
        for item in self._items:
            pieces.append(before)
            before = b" "
            if isinstance(item, str):
                pieces.append(item.format(*local).encode("ascii"))
            else:
                label, wanted, most = item
                value = row.values[there[wanted]] if wanted in there else NIL
                if most is not None:
                    value = beginning(value, most)
                pieces += (label + _literal8(label, value), value)
        pieces += (added, b")\r\n")
        return pieces

    def _added(self, index: int, uid: int, facts: MessageFacts) -> bytes:
        """What reading has changed: \\Seen (RFC 9051 §6.4.5), told with the row where it is due.

        With the UID (RFC 9051 Appendix E, RFC 7162 §3.2.4), and the mod-sequence where those are
        told.
        """
        view, ctx = self._view, self._ctx
        if self._reading is not Reading.OPEN or not view.owes_flags(uid):
            return b""
        more = {"FLAGS": view.tell_flags(index, facts.flags)}
        if ctx.has("CONDSTORE"):
            marks = view.marks_told(uid, tells_modseq=True)
            more["MODSEQ"] = f"({marks.modseq})" if marks is not None else "(0)"
        if not ctx.has("UIDONLY") and (ctx.has("CONDSTORE") or ctx.has("IMAP4REV2")):
            more["UID"] = f"{uid}"
        items = (f" {name} {value}" for name, value in more.items() if name not in self._asked)
        return "".join(items).encode("ascii")

    def _names_of(self, row: FetchedRow) -> dict[bytes, bytes]:
        """Normalised name → name in this row; remembered, because all rows have the same names."""
        names = tuple(row.values)
        known = self._names.get(names)
        if known is None:
            known = self._names[names] = {normal_name(name): name for name in names}
        return known


def _literal8(label: bytes, value: bytes | Blob) -> bytes:
    """RFC 3516 §4.2: decoded octets may have zeros, which only a literal8 can."""
    return b"~" if label.startswith(b"BINARY[") and not isinstance(value, bytes) else b""


def _items(attributes: Sequence[FetchAttribute], once: AskedOnce) -> list[Item]:
    items: list[Item] = []
    for attribute in attributes:
        if not is_local(attribute):
            name = answer_name(attribute.ask)
            items.append((attribute.label + b" ", name, once.maybe_cut(attribute)))
        elif items and isinstance(items[-1], str):
            items[-1] += " " + TEMPLATES[attribute.name]
        else:
            items.append(TEMPLATES[attribute.name])
    return items
