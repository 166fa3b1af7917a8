"""Whose notes a mail to a note address is: of the mailboxes that a person has. Pure.

Two may share an address: one from before they were told apart (domain/notes.py), or ``a.b@c.test``
and ``a@b.c.test``. The mail that the note answers says which is meant then; where it does not,
none is: colleagues of the wrong one would read it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from proxyd.domain.notes import former_note_address, note_address
from proxyd.service.sending.desk import Desk


def note_desks(
    wanted: Iterable[str], granted: Collection[Desk], answered_ids: Sequence[str]
) -> Sequence[Desk]:
    """One for each address that is ``wanted`` (plain); fewer where one is nobody's."""
    found = (_desk_of(address, granted, answered_ids) for address in wanted)
    return [desk for desk in found if desk is not None]


def _desk_of(address: str, granted: Collection[Desk], answered_ids: Sequence[str]) -> Desk | None:
    exact = _at(note_address, address, granted)
    named = [*exact, *(d for d in _at(former_note_address, address, granted) if d not in exact)]
    knowing = [desk for desk in named if desk.conversations.find(answered_ids, ())]
    return next((some[0] for some in (named, knowing, exact) if len(some) == 1), None)


def _at(form: Callable[[str], str], address: str, granted: Collection[Desk]) -> list[Desk]:
    return [desk for desk in granted if form(desk.mailbox.address) == address]
