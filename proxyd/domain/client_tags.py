"""The keywords of the workflow as tags of a mail client: name, colour, order. Pure.

Statuses come first, in their own order, so that the digit keys set them. Colours are dark enough to
be read as text on white (WCAG 2.2, contrast of 4.5 and more), and a person's stays the same whoever
comes or goes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from proxyd.domain.client_facts import Tag
from proxyd.domain.workflow.words import (
    ASSIGNEE_PREFIX,
    OVERDUE,
    REPLYING,
    STATUS_PREFIX,
    StatusSet,
)

_STATUS_COLOURS: Final = {
    "open": "#C62828",
    "checking": "#1565C0",
    "hold": "#A15C00",
    "done": "#2E7D32",
}
_SIGNS: Final = {
    OVERDUE: ("Overdue", "期限超過", "#B71C1C"),
    REPLYING: ("Being answered", "返信作成中", "#6A1B9A"),
}
_OTHERS: Final = (
    "#00695C",
    "#283593",
    "#AD1457",
    "#4E342E",
    "#37474F",
    "#558000",
    "#4527A0",
    "#00687A",
    "#9C3D00",
    "#7B1FA2",
    "#1F618D",
    "#6D4C00",
)


def client_tags(
    statuses: StatusSet, people: Iterable[tuple[str, str]], language: str
) -> tuple[Tag, ...]:
    """``people``: of all who can have a conversation the login, and what they are called
    (alike_names.py).
    """
    return (*_status_tags(statuses, language), *_sign_tags(language), *_person_tags(people))


def _status_tags(statuses: StatusSet, language: str) -> Iterator[Tag]:
    for word in statuses.words:
        colour = _STATUS_COLOURS.get(word.key) or _colour_of(word.key)
        yield Tag(STATUS_PREFIX + word.key, word.label(language), colour)


def _sign_tags(language: str) -> Iterator[Tag]:
    for keyword, (english, japanese, colour) in _SIGNS.items():
        yield Tag(keyword, japanese if language == "ja" else english, colour)


def _person_tags(people: Iterable[tuple[str, str]]) -> Iterator[Tag]:
    for login, name in sorted(people):
        yield Tag(ASSIGNEE_PREFIX + login, name, _colour_of(login))


def _colour_of(word: str) -> str:
    return _OTHERS[zlib.crc32(word.encode("utf-8")) % len(_OTHERS)]
