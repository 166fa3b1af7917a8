"""Whether a note that is there is the one that somebody writes: a client that has not heard sends
it again, and one that keeps a copy of all folders stores it again. A Message-ID alone is no proof:
programs keep it where a draft is changed. Pure.
"""

from __future__ import annotations

import hashlib

from proxyd.domain.mail_content import content_of
from proxyd.domain.note_marks import looks_marked


def text_digest(note: bytes) -> bytes:
    """Of what is written and attached, with CRLF line ends: the same of what a client sends, and of
    the note that is made of it.
    """
    content = content_of(note)
    lines = (line.strip() for each in content.written for line in each.text.splitlines())
    said = [line for line in lines if line and not looks_marked(line)]
    facts = "\n".join((*said, *content.files)).encode("utf-8", "replace")
    return hashlib.sha256(facts).digest()
