"""In which language a mail is written, as far as the demo needs to know."""

from __future__ import annotations

import re

# Hiragana, katakana, CJK ideographs
_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


def language(text: str) -> str:
    """``ja`` where there is any Japanese script, else ``en``."""
    return "ja" if _JAPANESE.search(text) else "en"
