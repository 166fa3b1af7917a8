"""What is not seen, written so that it is: who reads a log sees what stands there and not what it
does. No line breaks, no escape sequences, no text that runs backwards. Pure; any text gives one.
"""

from __future__ import annotations

import re

# C0, DEL, C1; line and paragraph separators; zero width; bidirectional marks, embeddings, overrides
# and isolates (UAX #9 §2); deprecated format characters; byte order mark; tags; lone surrogates,
# which cannot be stored.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def shown(text: str) -> str:
    """``text`` with what is not seen written as ``\\u202e``."""
    return UNSEEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
