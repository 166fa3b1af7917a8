"""FETCH rows: what the index knows is written at once, the rest comes from the service in batches.

Sequence numbers are those the client knows (``view``). Answers of the provider are found by their
normalised name, and leave under the name and in the order the client asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from imap_frontend.context import Context
from imap_frontend.fetch_items import (
    TEMPLATES,
    is_local,
    is_mark,
    known,
    names,
    reading_of,
)
from imap_frontend.replies import wrong
from imap_frontend.row_template import Columns, RowTemplate
from imap_frontend.told_rows import blockwise
from imap_frontend.view import ClientView
from proxyd.domain.types import Blob
from proxyd.imapwire.encode import NIL
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api import Block, Facts, Reading, Row

# Rows written before others get their turn: about a millisecond's work. A part of a block costs as
# much as some rows, however few it has.
ROWS_AT_ONCE = 1024
PART_COST = 16

_PEEK = re.compile(rb"^(BODY|BINARY)\.PEEK\[")
_LENGTH = re.compile(rb"<([0-9]+)\.[0-9]+>$")


def row_head(ctx: Context) -> str:
    """A template: RFC 9586 §3.3 puts the UID where the sequence number was."""
    return "* {1} UIDFETCH" if ctx.has("UIDONLY") else "* {0} FETCH"


# ---------------------------------------------------------------- rows from the index


async def write_local(
    ctx: Context, view: ClientView, spans: Sequence[range], attributes: Sequence[FetchAttribute]
) -> bool:
    """True when every row was there."""
    template = RowTemplate.of(row_head(ctx), attributes)
    tells_flags = "FLAGS" in names(attributes)
    complete, since_pause = True, 0
    for part in blockwise(spans):
        text, count = _lines(ctx, view, part, template, tells_flags=tells_flags)
        complete = complete and count == len(part)
        ctx.wire.write(view.flags.new_keywords() + text)
        since_pause += len(part) + PART_COST
        if since_pause >= ROWS_AT_ONCE:
            since_pause = 0
            await ctx.wire.drain()
            await asyncio.sleep(0)
    return complete


def _lines(
    ctx: Context, view: ClientView, part: range, template: RowTemplate, *, tells_flags: bool
) -> tuple[bytes, int]:
    """What is to be sent of these rows, of how many; it counts as told."""
    rows = view.rows(part, modseqs=template.has_modseqs, marks=template.has_marks)
    view.tell_rows(rows, flags=tells_flags, modseqs=template.has_modseqs)
    parts = view.recent.parts(rows.uids, range(len(rows)))
    is_recent = any(recent for _, recent in parts)
    if rows.whole is not None and not is_recent and not template.is_personal:
        return _shared_lines(ctx, view, rows.whole, rows, template), len(rows)
    texts = view.flags.text, view.flags.recent_text
    lines = [template.lines(rows.cut(p.start, p.stop), texts[recent]) for p, recent in parts]
    return b"".join(lines), len(rows)


def _shared_lines(
    ctx: Context, view: ClientView, block: Block, rows: Columns, template: RowTemplate
) -> bytes:
    for flags in block.counted:
        view.flags.text(flags)  # a keyword that is new to this client is announced
    known = ctx.rendered.get(block, template)
    if known is None:
        known = template.lines(rows, view.flags.text)
        ctx.rendered.put(block, template, known)
    return known


# ---------------------------------------------------------------- rows from the provider


# A row is these, in order: a template of what is known here, or label and name of an answer.
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
        self._head = row_head(ctx)
        self._items = _items(attributes)
        self._marked = any(map(is_mark, attributes))
        self._reading = reading_of(remote)
        self._asked = names(attributes)
        self._names: dict[tuple[bytes, ...], dict[bytes, bytes]] = {}

    async def write(self, uids: Sequence[int]) -> int:
        """How many rows were there."""
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

    def _row(self, row: Row) -> list[bytes | Blob]:
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
                label, wanted = item
                value = row.values[there[wanted]] if wanted in there else NIL
                pieces += (label + _literal8(label, value), value)
        pieces += (added, b")\r\n")
        return pieces

    def _added(self, index: int, uid: int, facts: Facts) -> bytes:
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

    def _names_of(self, row: Row) -> dict[bytes, bytes]:
        """Normalised name → name in this row; remembered, because all rows have the same names."""
        names = tuple(row.values)
        known = self._names.get(names)
        if known is None:
            known = self._names[names] = {_normal_name(name): name for name in names}
        return known


def _literal8(label: bytes, value: bytes | Blob) -> bytes:
    """RFC 3516 §4.2: decoded octets may have zeros, which only a literal8 can."""
    return b"~" if label.startswith(b"BINARY[") and not isinstance(value, bytes) else b""


def _items(attributes: Sequence[FetchAttribute]) -> list[_Item]:
    items: list[_Item] = []
    for attribute in attributes:
        if not is_local(attribute):
            items.append((attribute.label + b" ", _answer_name(attribute.ask)))
        elif items and isinstance(items[-1], str):
            items[-1] += " " + TEMPLATES[attribute.name]
        else:
            items.append(TEMPLATES[attribute.name])
    return items


def _answer_name(ask: bytes) -> bytes:
    """How the answer to ``ask`` will be called: no PEEK, a partial's origin only."""
    return _normal_name(_LENGTH.sub(rb"<\1>", _PEEK.sub(rb"\1[", ask)))


def _normal_name(name: bytes) -> bytes:
    """Without case, and header fields without quotes and order: servers echo them as they like."""
    upper = name.upper()
    if b"HEADER.FIELDS" not in upper:
        return upper
    head, _, rest = upper.partition(b"(")
    fields, _, tail = rest.rpartition(b")")
    return head + b"(" + b" ".join(sorted(fields.replace(b'"', b"").split())) + b")" + tail
