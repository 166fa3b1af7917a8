"""What the services refuse of what an admin typed about a person, as a field and a sentence."""

from __future__ import annotations

from typing import Final

from admin.web.page import Problem
from admin.web.words_refusals import refusal
from proxyd.domain.errors import BadInput, NotFound

# Of what, how the problem begins, the field that it stands at, the sentence.
_KNOWN: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("login", "", "login", "people.bad-login"),
    ("name", "it has ", "name", "people.name-long"),
    ("user", "it is you", "main", "people.you"),
    ("user", "an auditor reads the access log and no mail, and", "role", "people.has-grants"),
    ("user", "an auditor", "mailbox", "people.auditor"),
    ("network", "", "networks", "people.bad-networks"),
    ("networks", "", "networks", "people.bad-networks"),
)


def problems_of(error: BadInput) -> list[Problem]:
    return [_problem(one) for one in error.all]


def sentence_of(error: BadInput | NotFound) -> str:
    """For who changes several people at once: the key of one sentence."""
    return "people.gone" if isinstance(error, NotFound) else _problem(error)[1]


def _problem(error: BadInput) -> Problem:
    kind = error.what.partition(" ")[0]
    for of, begins, field, key in _KNOWN:
        if kind == of and error.problem.startswith(begins):
            return field, key
    return kind, refusal(error.what, error.problem)
