"""How much of the access log a role may read: the auditor all, an admin what is about accounts and
settings, staff nothing (docs/decisions/064-asking-the-log.md).

Must never be decided anywhere else: pages, exports and proofs all ask here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from proxyd.domain.errors import NotFound
from proxyd.domain.events import OF_ACCOUNTS, Action
from proxyd.domain.log_question import KEYS, BadQuestion, LogQuestion, Slip
from proxyd.domain.nearly import close_to
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Role

_ABOUT_MAIL: Final = ("message", "conversation")


@dataclass(frozen=True, slots=True)
class LogPart:
    """``keys`` and ``actions``: what there is to ask for in it."""

    accounts_only: bool

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in KEYS if not self.accounts_only or key not in _ABOUT_MAIL)

    @property
    def actions(self) -> tuple[Action, ...]:
        return OF_ACCOUNTS if self.accounts_only else tuple(Action)

    def of(self, query: LogQuery) -> LogQuery:
        return replace(query, accounts_only=self.accounts_only)

    def check(self, question: LogQuestion) -> None:
        """Raises BadQuestion for what is not in it, as for what there is not at all: else the
        answer would be "nothing found", and believed.
        """
        if not self.accounts_only:
            return
        for key in _ABOUT_MAIL:
            if getattr(question, key):
                raise BadQuestion(Slip.KEY, word=key)
        for key, actions in (("action", question.actions), ("-action", question.not_actions)):
            for action in actions:
                if action not in OF_ACCOUNTS:
                    raise BadQuestion(Slip.ACTION, key, action, close_to(action, OF_ACCOUNTS))

    def covers(self, other: LogPart) -> bool:
        return other.accounts_only or not self.accounts_only


def part_of(role: Role) -> LogPart:
    """Raises NotFound for who may read nothing of it: then there is no log."""
    if role is Role.STAFF:
        raise NotFound("page", "log")
    return LogPart(accounts_only=role is Role.ADMIN)
