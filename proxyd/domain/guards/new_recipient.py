"""An answer goes to somebody who was in none of the conversation's mails so far."""

from __future__ import annotations

import hashlib

from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason

_NAMED = 3  # addresses in a sentence


def _new(facts: Facts) -> Reason | None:
    """Passing a mail on is for others. Consent is to these recipients, and to nobody else."""
    if not facts.strangers or facts.forwards:
        return None
    named = ", ".join(facts.strangers[:_NAMED])
    more = " …" if len(facts.strangers) > _NAMED else ""
    everybody = " ".join(sorted(facts.strangers)).encode("utf-8", "replace")
    matter = hashlib.sha256(everybody).hexdigest()[:16]
    return Reason(told={"addresses": named + more}, matter=matter)


NEW_RECIPIENT = Guard(
    "new-recipient",
    Kind.SLIP,
    About.REFERRING,
    ("strangers", "forwards"),
    _new,
    "it goes to an address outside that is in none of the conversation's mails; a forward may",
    "Stop an answer to who was in none of the conversation's mails.",
    default=False,
)
