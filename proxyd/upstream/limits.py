"""What a provider says when we are too much for it (RFC 5530 §3, and what big ones say in words).

Must never take a refused password for a limit, nor a limit for one: the first locks the account
when it is insisted on, the second passes by itself.
"""

from __future__ import annotations

from proxyd.imapwire.response import Status

# THROTTLED is Gmail's, also in an OK. OVERQUOTA is its word for too many octets a day.
LIMIT_CODES = frozenset({"LIMIT", "THROTTLED", "INUSE", "OVERQUOTA"})
# Dovecot: "Maximum number of connections from user+IP exceeded"; Gmail: "Too many simultaneous
# connections", "Account exceeded command or bandwidth limits"; Microsoft: "User is throttled".
LIMIT_WORDS = (
    "too many",
    "maximum number",
    "rate limit",
    "throttled",
    "bandwidth limit",
    "connection limit",
)


def limits_sign_in(status: Status) -> bool:
    """Of a greeting, a BYE, or the refusal of a sign-in."""
    return status.code in LIMIT_CODES or status.text.has(*LIMIT_WORDS)


def limits_work(status: Status, *, changes: bool) -> bool:
    """Of an answer to a command. To one that changes something LIMIT and OVERQUOTA mean what it
    asked for: a set that is too long, a mailbox that is full.
    """
    if status.code == "THROTTLED":
        return True
    if status.condition != "NO":
        return False
    return status.code == "INUSE" or (not changes and status.code in LIMIT_CODES)
