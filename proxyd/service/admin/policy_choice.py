"""What an admin chooses of a mailbox's policy, checked as a whole before it counts. Pure but for
what the transaction knows of closed days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from proxyd.domain.errors import BadInput, Gathering
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import OPTIONS, WrongPolicy, changed
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import SharedMailbox
from proxyd.service.admin.closed_days import OfficeCheck

OF_OFFICE = frozenset({"zone", "office-hours", "holidays"})  # what decides when it is open
_A_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A choice in the words of policy_options."""

    key: str
    before: str
    after: str


def chosen(policy: Policy, words: Mapping[str, str]) -> Policy:
    """Raises BadInput."""
    try:
        return changed(policy, words)
    except WrongPolicy as error:
        raise BadInput(error.key, error.problem, error.remedy) from None


def chosen_for(
    tx: Transaction, mailbox: SharedMailbox, words: Mapping[str, str], check: OfficeCheck | None
) -> Policy:
    """The mailbox's, with these choices instead. Raises BadInput (Mistakes)."""
    gathering = Gathering()
    # Each alone, so that all that are wrong are told; of those that must fit each other see below.
    alone = replace(mailbox.policy, override_pause_s=0, override_window_s=_A_DAY_S)
    for key, word in words.items():
        gathering.of(partial(chosen, alone, {key: word}), alone)
    gathering.done()
    after = chosen(mailbox.policy, words)
    if check is not None and (keys := words.keys() & OF_OFFICE):
        if "holidays" in keys:
            check.require_known(after)
        own = tx.closed_days.all(mailbox.id)
        check.require_opening(after, own, ", ".join(sorted(keys)))
    return after


def changes(before: Policy, after: Policy) -> list[PolicyChange]:
    both = ((option.key, option.shown(before), option.shown(after)) for option in OPTIONS)
    return [PolicyChange(key, old, new) for key, old, new in both if old != new]
