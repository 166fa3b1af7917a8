"""What a FETCH brings: what the provider has, and BINARY and PREVIEW made of it here.

Whatever the provider can: BINARY (RFC 3516) is BODY[part] with the encoding undone that
BODYSTRUCTURE tells, so any IMAP4rev1 server will do. One round trip a batch. Invariants: octets of
a part are held once, spooled where they are many; what is decoded is decoded while it is sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import UnknownEncoding, UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.domain.transfer_encoding import PIECE, Decoded, DecodedPiece, step_of
from proxyd.domain.types import Blob, BytesBlob
from proxyd.service.api.reading import FetchedRow, Reading
from proxyd.service.mail.blank import blank, label
from proxyd.service.mail.previews import previews
from proxyd.service.mail.structure import parts_of
from proxyd.service.mailbox.asked import Asked, asked_of
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message
from proxyd.service.mailbox.remembered import Key
from proxyd.service.mailbox.unread import is_stand_in
from proxyd.service.mailbox.wire_value import literal_octets

Wanted = tuple[int, Message]  # the view's UID, the message
Values = dict[bytes, bytes | Blob]
Parts = dict[bytes, Decoded | None]  # by number; None: the mail has no such part

PREVIEW = b"PREVIEW"
STRUCTURE = b"BODYSTRUCTURE"
NIL = b"NIL"
_MESSAGES = ("message/rfc822", "message/global")
# BINARY.PEEK[1.2]<0.100>, BINARY.SIZE[1.2]
_BINARY = re.compile(
    rb"BINARY\.(?P<what>PEEK|SIZE)\[(?P<part>[\d.]*)\](?:<(?P<first>\d+)\.(?P<most>\d+)>)?"
)
# Headers are small, whatever the size of the message.
_HEADERS = re.compile(rb"BODY\.PEEK\[(?:[\d.]+\.)?(?:HEADER|MIME)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Binary:
    part: bytes
    is_size: bool
    partial: tuple[int, int] | None

    @property
    def label(self) -> bytes:
        if self.is_size:
            return b"BINARY.SIZE[%b]" % self.part
        origin = b"" if self.partial is None else b"<%d>" % self.partial[0]
        return b"BINARY[%b]%b" % (self.part, origin)


class FetchedContent:
    """The attributes of one FETCH, brought for one batch of messages after the other."""

    def __init__(self, room: Mailroom, attributes: Sequence[bytes]) -> None:
        self._room = room
        self.trouble: UpstreamUnavailable | None = None  # since when only what is known is told
        self._binaries = [_binary(found) for a in attributes if (found := _BINARY.fullmatch(a))]
        self._parts = list(dict.fromkeys(one.part for one in self._binaries))
        self._preview = PREVIEW in attributes
        self._plain = [a for a in attributes if a != PREVIEW and not _BINARY.fullmatch(a)]

    @property
    def is_big(self) -> bool:
        """What is asked for grows with the message."""
        bodies = (one for one in self._plain if one.startswith(b"BODY.PEEK["))
        return bool(self._binaries) or any(_HEADERS.match(one) is None for one in bodies)

    async def rows(self, batch: Sequence[Wanted]) -> list[FetchedRow]:
        """Of messages of one folder; those that upstream no longer has are left out.

        Where upstream is gone (``trouble``), those that are known without it. Raises other
        UpstreamErrors, UidValidityChanged among them, and UnknownEncoding.
        """
        asked = asked_of(batch[0][1].folder, [message for _, message in batch])
        found = await self._found(asked)
        if self._preview:
            for number, text in (await previews(self._room, asked)).items():
                found.setdefault(number, {})[PREVIEW] = _string(text)
        self._fill_in(asked, found)
        numbers = asked.numbers
        rows = [FetchedRow(uid, found[n]) for uid, m in batch if (n := numbers.get(m, 0)) in found]
        return sorted(rows, key=lambda row: row.uid)

    def _fill_in(self, asked: Asked, found: dict[int, Values]) -> None:
        """Of mails that the provider can't tell at all, so that they have a place in a list: no
        text, and no more than is known. What they say themselves stays untold.
        """
        if self.is_big or self.trouble is not None:
            return
        for uid, message in asked.messages.items():
            if uid not in found and is_stand_in(message):
                found[uid] = {label(a): blank(a, message.size) for a in self._plain}
                if self._preview:
                    found[uid][PREVIEW] = NIL

    async def _found(self, asked: Asked) -> dict[int, Values]:
        """By upstream's UID."""
        found: dict[int, Values] = {}
        ask = asked.uids
        if not self._plain:
            known = {uid: self._known(asked.key(uid)) for uid in ask} if self._binaries else {}
            found = {uid: self._made(parts) for uid, parts in known.items() if parts is not None}
            ask = [uid for uid, parts in known.items() if parts is None]
        if ask:
            rows = await self._ask(asked, ask)
            if not self._binaries:
                return {row.uid: dict(row.values) for row in rows}
            for row in rows:
                values = {name.upper(): value for name, value in row.values.items()}
                parts = await self._decoded(asked.key(row.uid), values)
                found[row.uid] = {**row.values, **self._made(parts)}
        return found

    async def _ask(self, asked: Asked, uids: Sequence[int]) -> list[ContentRow]:
        names = dict.fromkeys(self._plain)
        if self._binaries:
            names[STRUCTURE] = None
            names |= dict.fromkeys(b"BODY.PEEK[%b]" % part for part in self._parts)
        upstream, place = self._room.upstream, (asked.folder.name, asked.uidvalidity)
        if self.trouble is None:
            try:
                sizes = (asked.messages[uid].size for uid in uids) if self.is_big else ()
                return await upstream.fetch(*place, uids, list(names), octets=sum(sizes))
            except UpstreamUnavailable as error:
                self.trouble = error
        return await upstream.known(*place, uids, list(names))

    # ------------------------------------------------------------------ BINARY

    def _known(self, key: Key) -> Parts | None:
        """None where one of the parts is not remembered."""
        parts: Parts = {}
        for part in self._parts:
            decoded = self._room.remembered.parts.get((key, part))
            if decoded is None:
                return None
            parts[part] = decoded
        return parts

    async def _decoded(self, key: Key, values: Values) -> Parts:
        parts: Parts = {}
        structure = values.get(STRUCTURE)
        encodings = _encodings(structure) if isinstance(structure, bytes) else {}
        for part in self._parts:
            value = values.get(b"BODY[%b]" % part, NIL)
            if isinstance(value, bytes) and value.upper() == NIL:
                parts[part] = None
                continue
            step = step_of(_encoding(encodings, part))
            if step is None:
                raise UnknownEncoding
            raw = BytesBlob(literal_octets(value)) if isinstance(value, bytes) else value
            decoded = parts[part] = Decoded(raw, step)
            if raw.size <= PIECE:
                _measure(decoded)
            else:  # in another thread: of a big part it takes a second
                await asyncio.to_thread(_measure, decoded)
            if not isinstance(value, bytes):
                self._room.remembered.parts.put((key, part), decoded, raw.size)
        return parts

    def _made(self, parts: Parts) -> Values:
        return {one.label: _value(parts[one.part], one) for one in self._binaries}


def recorded_as(attributes: Sequence[bytes], reading: Reading) -> Reading:
    """A preview shows what a mail says: for the access log it is a copy of each one."""
    return Reading.COPY if reading is Reading.LIST and PREVIEW in attributes else reading


def _binary(found: re.Match[bytes]) -> _Binary:
    partial = (int(found["first"]), int(found["most"])) if found["first"] else None
    return _Binary(found["part"], found["what"] == b"SIZE", partial)


def _encodings(structure: bytes) -> dict[bytes, str]:
    """By part number. What has parts has no encoding (RFC 2045 §6.4), nor has a message."""
    leaves = (part for part in parts_of(structure) if not part.kind.startswith(_MESSAGES))
    return {part.number: part.encoding for part in leaves}


def _encoding(encodings: Mapping[bytes, str], part: bytes) -> str:
    """Some servers know a leaf as its own part 1 too (RFC 9051 §6.4.5.1 says so of a message)."""
    while part not in encodings and part.endswith(b".1"):
        part = part.removesuffix(b".1")
    return encodings.get(part, "")


def _measure(decoded: Decoded) -> None:
    while decoded.advance():
        pass


def _value(decoded: Decoded | None, one: _Binary) -> bytes | Blob:
    """The wire text of what is small; the octets of what is not, which the edge sends bit by bit.

    RFC 3516 §4.2 and §7: nothing but a literal8 may have a NUL in it.
    """
    if decoded is None:
        return b"0" if one.is_size else NIL
    if one.is_size:
        return b"%d" % decoded.size
    blob: Blob = decoded if one.partial is None else DecodedPiece(decoded, *one.partial)
    if blob.size > PIECE:
        return blob
    octets = b"".join(blob.chunks())
    return b"%b{%d}\r\n%b" % (b"~" if b"\0" in octets else b"", len(octets), octets)


def _string(text: str) -> bytes:
    """UTF-8 goes as a literal: a client that has not enabled it takes it only so."""
    octets = text.encode()
    if octets.isascii() and octets.decode().isprintable():
        return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d}\r\n%b" % (len(octets), octets)
