r"""Flags as text, remembered, and the keywords a client was told may come up.

A view has few different combinations of flags, so that each is put together once. Bounded: neither
texts nor keywords grow without end.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.domain.keywords import can_be_told
from proxyd.imapwire.encode import flag_list
from proxyd.imapwire.flags import RECENT, SYSTEM_FLAGS

# Flag combinations of a view are few; more than this is somebody playing, and costs a re-encoding.
FLAG_TEXTS_MAX = 4096
# Keywords that may come up while a view is open; each makes for a new FLAGS line.
KEYWORDS_GROWTH_MAX = 100

Flags = tuple[str, ...]


class FlagTexts:
    def __init__(self, keywords: Iterable[str] = ()) -> None:
        # For loops that can't afford a call; see ``text`` and ``recent_text``.
        self.texts: dict[Flags, str] = {}
        self.recent_texts: dict[Flags, str] = {}
        self._keywords = dict.fromkeys(keywords)
        self._most = len(self._keywords) + KEYWORDS_GROWTH_MAX
        self._grew = False

    @property
    def keywords(self) -> tuple[str, ...]:
        return tuple(self._keywords)

    def text(self, flags: Flags) -> str:
        """``(\\Seen $x)``."""
        text = self.texts.get(flags)
        if text is None:
            for flag in flags:
                if flag not in self._keywords and self._has_room_for(flag):
                    self._keywords[flag] = None
                    self._grew = True
            if len(self.texts) >= FLAG_TEXTS_MAX:
                self.texts.clear()
            text = self.texts[flags] = flag_list(flags).decode("ascii")
        return text

    def recent_text(self, flags: Flags) -> str:
        r"""``(\Seen $x \Recent)``: it is told with mails, and never in FLAGS (RFC 3501 §9)."""
        text = self.recent_texts.get(flags)
        if text is None:
            if len(self.recent_texts) >= FLAG_TEXTS_MAX:
                self.recent_texts.clear()
            plain = self.text(flags)[1:-1]
            text = self.recent_texts[flags] = f"({plain} {RECENT})" if plain else f"({RECENT})"
        return text

    def _has_room_for(self, flag: str) -> bool:
        """In the FLAGS line: what has none is still told with its message."""
        told = flag not in SYSTEM_FLAGS and can_be_told(flag)
        return told and len(self._keywords) < self._most

    def new_keywords(self) -> bytes:
        """A fresh FLAGS response where a keyword came up that was not in the last one.

        RFC 9051 §7.3.5: clients take the list as what may appear.
        """
        if not self._grew:
            return b""
        self._grew = False
        return b"* FLAGS " + flag_list((*SYSTEM_FLAGS, *self._keywords)) + b"\r\n"
