"""FETCH rows that need no provider: all is in memory, most of it rendered already.

Sequence numbers are those the client knows (``view``). What needs the provider: remote_rows.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from imap_frontend.context import Context
from imap_frontend.fetch_items import names
from imap_frontend.row_template import Columns, RowTemplate
from imap_frontend.told_rows import blockwise
from imap_frontend.view import ClientView
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api.rows import Block

# Rows written before others get their turn: about a millisecond's work. A part of a block costs as
# much as some rows, however few it has.
ROWS_AT_ONCE = 1024
PART_COST = 16


def row_head(ctx: Context) -> str:
    """A template: RFC 9586 §3.3 puts the UID where the sequence number was."""
    return "* {1} UIDFETCH" if ctx.has("UIDONLY") else "* {0} FETCH"


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
