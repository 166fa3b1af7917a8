"""A mail that was to go out, as a draft: what it was written as, to be finished and sent again.

Invariant: of what its writer wrote no octet changes but Bcc, which names whoever it was to go to
and its other fields do not. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.attached import OURS
from proxyd.domain.thread import parse_headers
from proxyd.mailtext.addresses import compared
from proxyd.mailtext.fields import fields, header_end

_BCC = b"BCC"


def as_draft(copy: bytes, recipients: Sequence[str]) -> bytes:
    """``copy``: as outgoing.py makes it for Sent; ``recipients``: those of the envelope."""
    end = header_end(copy)
    found = [each for each in fields(copy[:end]) if not each.name.startswith(OURS)]
    named = {compared(each) for each in parse_headers(copy[:end]).recipients}
    missing = [each.encode("utf-8") for each in recipients if compared(each) not in named]
    head = b""
    if missing:  # RFC 5322 §3.6: one field at most
        own = [each.value for each in found if each.name == _BCC]
        found = [each for each in found if each.name != _BCC]
        head = b"Bcc: " + b",\r\n ".join([*filter(None, own), *missing]) + b"\r\n"
    return head + b"".join(each.raw for each in found) + b"\r\n" + copy[end:]
