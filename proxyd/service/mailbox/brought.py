"""Mails that a person is putting into a folder through us at this moment, by Message-ID.

The provider dates them today where the client does not say of when they are: theirs is the time in
their Date, and an old one is no news. Whoever takes them in meanwhile asks here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Brought:
    """Of one shared mailbox."""

    def __init__(self) -> None:
        self._ids: Counter[str] = Counter()

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._ids

    @contextmanager
    def bringing(self, message_ids: Iterable[str]) -> Iterator[None]:
        ids = [each for each in message_ids if each]
        self._ids.update(ids)
        try:
            yield
        finally:
            self._ids.subtract(ids)
            for id_ in ids:
                if not self._ids[id_]:
                    del self._ids[id_]
