"""CATENATE (RFC 4469): a message put together of what the client sends and what is stored already.

Octets are passed on as they are, spooled where they are many. Must never look at a mail: whether
there is one for this person is the service's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imap_frontend.context import Context, Rejected
from imap_frontend.replies import megabytes
from proxyd.domain.errors import NoSuchReference
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire.command import AppendMessage, UrlPart
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.imap_url import parse_url
from proxyd.service.api.appending import StoredPart


@dataclass(frozen=True, slots=True)
class Joined:
    """Several blobs as one."""

    blobs: Sequence[Blob]

    @property
    def size(self) -> int:
        return sum(blob.size for blob in self.blobs)

    def chunks(self) -> Iterator[bytes]:
        for blob in self.blobs:
            yield from blob.chunks()


async def catenated(ctx: Context, message: AppendMessage) -> Blob:
    """Raises Rejected with BADURL or TOOBIG (RFC 4469 §4 and §5)."""
    blobs: list[Blob] = []
    octets = 0
    for part in message.parts:
        blob = sent(part) if isinstance(part, Literal) else await _referred(ctx, part)
        octets += blob.size
        if octets > ctx.options.limits.append:
            raise Rejected("too-big", "TOOBIG", limit=megabytes(ctx.options.limits.append))
        blobs.append(blob)
    return Joined(blobs)


def sent(literal: Literal) -> Blob:
    """The octets of a literal; raises Rejected where they could not be kept or hold NUL."""
    data = literal.data
    # What is not bytes came out of ``Options.spool``, whose spools finish as Blobs.
    blob: Blob = BytesBlob(data) if isinstance(data, bytes) else data
    if getattr(blob, "error", None) is not None:
        # The disk was full while the message came; a framer can't refuse in mid-literal.
        raise Rejected("no-room", "UNAVAILABLE")
    if not literal.binary and any(b"\0" in chunk for chunk in blob.chunks()):
        # RFC 9051 §9: CHAR8 has no NUL; only a literal8 may have one (RFC 3516 §4.4).
        raise Rejected("nul-in-mail", "CANNOT")
    return blob


async def _referred(ctx: Context, part: UrlPart) -> Blob:
    url = parse_url(part.url)
    view = ctx.selected.opened.name if ctx.selected is not None else None
    name = view if url is None or url.mailbox is None else url.mailbox
    if url is None or name is None:
        raise _bad_url(part)
    reference = StoredPart(name, url.uidvalidity, url.uid, url.section, url.partial)
    try:
        return await ctx.mail.referred(reference)
    except NoSuchReference:
        raise _bad_url(part) from None


def _bad_url(part: UrlPart) -> Rejected:
    """RFC 4469 §5 url-resp-text: everything but what would end the code."""
    return Rejected("bad-url", "BADURL " + part.url.replace("]", "%5D"))
