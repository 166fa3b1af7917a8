"""The text says that something is attached, and nothing is."""

from __future__ import annotations

from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason


def _forgotten(facts: Facts) -> Reason | None:
    if not facts.promise or facts.files:
        return None
    return Reason(told={"word": facts.promise})


FORGOTTEN_ATTACHMENT = Guard(
    "attachment",
    Kind.SLIP,
    About.MAIL,
    ("promise", "files"),
    _forgotten,
    "its text says that something is attached (添付, attached, anbei, …), and nothing is",
    "Stop a mail that says something is attached, and nothing is.",
    default=False,
)
