"""The lines of whole blocks, as text that was made once and is sent to many.

All sessions of all people who see the same flags send the same octets for the same question.
Invariant: bounded by octets; what was sent longest ago goes first, and with it what is out of date.
"""

from __future__ import annotations

from imap_frontend.row_template import RowTemplate
from proxyd.domain.bounded import Bounded
from proxyd.service.api.rows import Block

# A folder of 100,000 mails, asked for in three ways: 60 octets a row.
RENDERED_OCTETS = 16 * 1024 * 1024


class Rendered:
    """Lines depend on nothing but the block and the template."""

    def __init__(self, most: int = RENDERED_OCTETS) -> None:
        self._texts: Bounded[bytes] = Bounded(most)

    def get(self, block: Block, template: RowTemplate) -> bytes | None:
        return self._texts.get((block, template.pattern))

    def put(self, block: Block, template: RowTemplate, text: bytes) -> None:
        self._texts.put((block, template.pattern), text, len(text))
