"""FETCH and UID FETCH (RFC 9051 §6.4.5)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.fetching import RemoteRows, is_local, write_local
from imap_frontend.replies import wrong
from proxyd.imapwire.command import Fetch
from proxyd.imapwire.fetch_attribute import FetchAttribute


async def fetch(ctx: Context, command: Fetch) -> Done:
    if command.changed_since is not None:
        raise wrong("fetch-modifier")
    view = ctx.view
    spans = view.resolve(command.numbers, uid=command.uid)
    attributes = tuple(dict.fromkeys(command.attributes))
    if command.uid and all(attribute.name != "UID" for attribute in attributes):
        attributes = (FetchAttribute("UID"), *attributes)
    if all(is_local(attribute) for attribute in attributes):
        complete = await write_local(ctx, view, spans, attributes)
    else:
        rows, uids = RemoteRows(ctx, view, attributes), view.uids_at(spans)
        complete = not uids or await rows.write(uids)
    if not complete and not command.uid:
        # RFC 5530 EXPUNGEISSUED; by UID the missing are passed over (RFC 9051 §6.4.9).
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")
    return Done()
