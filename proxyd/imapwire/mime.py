"""What IMAP says about a locally held message: ENVELOPE, BODYSTRUCTURE and the octets of sections.

For messages the program itself holds (the embedded demo upstream, internal notes); mail of a real
provider is described by the provider. Byte exact; never raises, however broken the mail.
"""

from __future__ import annotations

from functools import cached_property

from proxyd.imapwire.mime_envelope import envelope as _envelope
from proxyd.imapwire.mime_section import section as _section
from proxyd.imapwire.mime_structure import structure
from proxyd.mailtext.fields import fields_within
from proxyd.mailtext.mime_tree import MimePart, tree


class MimeMail:
    """One message. Its tree of parts is made when first needed, once."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @cached_property
    def root(self) -> MimePart:
        return tree(self.raw)

    def envelope(self) -> bytes:
        """Of what stands at the head alone: a million addresses are nobody's to read, and would
        hold up everybody else for as many microseconds.
        """
        return _envelope(fields_within(self.raw))

    def bodystructure(self, *, extended: bool) -> bytes:
        """BODYSTRUCTURE, or BODY when not ``extended``."""
        return structure(self.raw, self.root, extended=extended)

    def section(self, text: bytes, partial: tuple[int, int] | None = None) -> bytes | None:
        """``BODY[text]<partial>``; None where there is no such part."""
        found = _section(self.raw, self.root, text) if text else self.raw
        if found is None or partial is None:
            return found
        offset, count = partial
        return found[offset : offset + count]


def envelope(raw: bytes) -> bytes:
    return MimeMail(raw).envelope()


def bodystructure(raw: bytes, *, extended: bool) -> bytes:
    return MimeMail(raw).bodystructure(extended=extended)


def section(raw: bytes, text: bytes, partial: tuple[int, int] | None = None) -> bytes | None:
    return MimeMail(raw).section(text, partial)
