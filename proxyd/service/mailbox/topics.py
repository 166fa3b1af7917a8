"""What mails are about, as keyed digests of their subjects: by them the guards know an answer that
names no id (decision 030). Nothing else may be decided by a subject. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from proxyd.mailtext.topic import topic

SIZE = 8  # octets of each: that two subjects get the same is 1 in 10^13


def topic_of(digest: Callable[[str], str], subject: str, *, inbound: bool) -> bytes:
    """b"" for what no such answer can be to, or be: an empty subject, and a mail of ours that does
    not say that it answers. ``digest`` is the keyed one of the installation.
    """
    found = topic(subject)
    return digest_of(digest, found.key) if inbound or found.is_answer else b""


def digest_of(digest: Callable[[str], str], key: str) -> bytes:
    """Of ``Topic.key``. Another context than a whole subject's, which the log has too."""
    if not key:
        return b""
    return hashlib.blake2b(digest(f"topic:{key}").encode(), digest_size=SIZE).digest()
