"""The answer to FETCH: which rows, and with what (RFC 9051 §6.4.5; RFC 7162 §3.1.4, §3.2.6).

NOTIFY tells new mail the same way (RFC 5465 §5.2), so it is no handler's own.
"""

from __future__ import annotations

from imap_frontend.context import Context, Rejected
from imap_frontend.fetch_items import is_local, names
from imap_frontend.fetching import write_local
from imap_frontend.remote_rows import RemoteRows
from imap_frontend.replies import wrong
from imap_frontend.resync import say_vanished
from proxyd.imapwire.command import Fetch
from proxyd.imapwire.fetch_attribute import FetchAttribute

_UID, _MODSEQ = FetchAttribute("UID"), FetchAttribute("MODSEQ")


async def answer(ctx: Context, command: Fetch) -> None:
    """Raises Rejected where a row is missing that was asked for by its number, or each by UID."""
    if command.vanished and not ctx.has("QRESYNC"):
        raise wrong("no-qresync")
    view = ctx.view
    spans = view.resolve(command.numbers, uid=command.uid)
    attributes = _all_attributes(ctx, command)
    if "MODSEQ" in names(attributes):
        ctx.enable("CONDSTORE")
    since = command.changed_since
    if since is not None:
        if command.vanished:
            say_vanished(ctx, view, since, command.numbers)
        spans = view.changed_since(spans, since)
    nothing = False
    if all(is_local(attribute) for attribute in attributes):
        complete = await write_local(ctx, view, spans, attributes)
    else:
        rows, uids = RemoteRows(ctx, view, attributes), view.uids_at(spans)
        written = await rows.write(uids) if uids else 0
        complete = written == len(uids)
        # A client that asks for one mail and hears OK alone believes it to be empty.
        nothing = bool(uids) and not written
    if not complete and (nothing or not command.uid):
        # RFC 5530 EXPUNGEISSUED; by UID the missing are passed over (RFC 9051 §6.4.9), and their
        # EXPUNGE is told.
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")


def _all_attributes(ctx: Context, command: Fetch) -> tuple[FetchAttribute, ...]:
    """With those that a command of this form brings unasked."""
    attributes = tuple(dict.fromkeys(command.attributes))
    if command.uid and _UID not in attributes and not ctx.has("UIDONLY"):
        attributes = (_UID, *attributes)
    if command.changed_since is not None and _MODSEQ not in attributes:
        attributes = (*attributes, _MODSEQ)
    return attributes
