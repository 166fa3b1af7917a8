"""The keyed hash chain of the access log: canonical bytes of a record and their HMAC.

Canonical form of a record (version 1): the JSON array

    [1, number, at_us, action, outcome, actor, mailbox, view, message_id, subject_digest,
     conversation, door, address, client, session, detail]

of the column values exactly as they are stored (``detail`` is JSON text and stays text), without
white space, every character beyond ASCII as \\uXXXX. JSON quotes strings and tells them from
numbers and null, so that two different records never have the same bytes.

    chain(0) = HMAC-SHA256(key, "proxyd access log genesis")
    chain(n) = HMAC-SHA256(key, chain(n - 1) || canonical(n))

Pure. Must never know a connection. A change of the form needs a new version number.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

VERSION = 1

FIELDS = (
    "number",
    "at_us",
    "action",
    "outcome",
    "actor",
    "mailbox",
    "view",
    "message_id",
    "subject_digest",
    "conversation",
    "door",
    "address",
    "client",
    "session",
    "detail",
)

_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def canonical(row: Mapping[str, Any]) -> bytes:
    """Raises TypeError or ValueError where a column holds what no record ever holds."""
    return _encode([VERSION, *(row[name] for name in FIELDS)]).encode("ascii")


def genesis(key: bytes) -> bytes:
    """What the first record is chained to."""
    return hmac.digest(key, b"proxyd access log genesis", "sha256")


def chained(key: bytes, previous: bytes, row: Mapping[str, Any]) -> bytes:
    return hmac.digest(key, previous + canonical(row), "sha256")
