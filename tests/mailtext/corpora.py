"""Headers of mails as somebody in support@example.test would send them.

``forgeries`` would show some reader a sender that is not support@; ``honest`` are odd and
mean no harm. Octets as in SMTP's DATA, without the blank line and the body.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
FORGERIES = {path.stem: path.read_bytes() for path in sorted((_HERE / "forgeries").glob("*.eml"))}
HONEST = {path.stem: path.read_bytes() for path in sorted((_HERE / "honest").glob("*.eml"))}
