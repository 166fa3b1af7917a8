"""Recovery codes: given with a person's first factor, whichever that is, and gone with the last.

Must never keep, log or return one, except those just made, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.second_factors import OneTimeCodes
from proxyd.domain.second_factor import RECOVERY_CODES, shown_recovery_code


def digest_of(code: str) -> str:
    """``code``: as it was made. A single SHA-256: it has 120 random bits."""
    return hashlib.sha256(code.encode("ascii")).hexdigest()


def new_codes(tx: Transaction, account_id: int, codes: OneTimeCodes) -> Sequence[str]:
    """In place of those there were; as they are shown, this once."""
    made = [codes.new_recovery_code() for _ in range(RECOVERY_CODES)]
    tx.second_factors.set_recovery_codes(account_id, map(digest_of, made))
    return [shown_recovery_code(one) for one in made]


def forget_without_factor(tx: Transaction, account_id: int) -> None:
    """They stand in for a factor: where there is none left, there is nothing to recover."""
    if not tx.second_factors.of(account_id).there:
        tx.second_factors.set_recovery_codes(account_id, ())
