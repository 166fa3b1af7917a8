"""Which mails of a conversation go along when one of them gets a conversation of its own.

That mail, and what refers to it, directly or by others: its branch. What it refers to itself stays.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.ports.parted import Reference


def branch_of(message_id: str, references: Sequence[Reference]) -> set[str]:
    """The Message-IDs of the branch, of mails that are not here too."""
    here = {one.message_id for one in references}
    branch = {message_id}
    rest = [(one.message_id, one.refers or ()) for one in references]
    grown = True
    while grown:
        grown = False
        for id_, refers in rest:
            if id_ in branch or not branch.isdisjoint(refers):
                found = {id_, *_between(refers, branch, here)}
                grown = grown or not found <= branch
                branch |= found
    return branch


def _between(refers: Sequence[str], branch: set[str], here: set[str]) -> list[str]:
    """What a mail of the branch names before one of the branch, and is not here: it stands between
    the two, such as an answer of ours of which no copy is kept.
    """
    places = [place for place, id_ in enumerate(refers) if id_ in branch]
    return [id_ for id_ in refers[: max(places, default=0)] if id_ not in here]
