"""Which of the words that there are was meant by one that there is not. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str:
    """The one of ``known`` that is nearly ``name``, as a question; or ""."""
    close = close_to(name, known)
    return f"did you mean {close}?" if close else ""


def close_to(name: str, known: Iterable[str]) -> str:
    """Capitals count for nothing."""
    by_key = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), list(by_key), n=1)
    return by_key[close[0]] if close else ""


def instead_of(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to write instead: the near one as a question, and ``otherwise`` in any case."""
    return " ".join(filter(None, [meant(word, known), otherwise]))
