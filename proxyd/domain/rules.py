"""A mailbox's rules on arrival: which of them fit a mail (docs/decisions/044-rules.md).

Pure. What a rule does is in ``ruling``, how it is written in ``rule_reader``. Invariant: matching
takes time in proportion to the mail, whoever wrote it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proxyd.domain.thread import FIELDS, MAX_RECIPIENTS, Headers
from proxyd.domain.wildcard import like
from proxyd.mailtext.addresses import texts
from proxyd.mailtext.fields import Header
from proxyd.mailtext.words import decoded

MOST_OF_ONE_FIELD = 20  # nobody needs more of the fields of one name; a sender may write thousands


@dataclass(frozen=True, slots=True)
class Rule:
    """All that it asks for must hold; of several patterns any. Words are as ``folded`` makes them,
    addresses as they are compared, names of fields in upper case.
    """

    name: str
    senders: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    automatic: bool | None = None
    status: str = ""  # "" = stays
    assignees: tuple[str, ...] = ()  # logins, whose turn it is one after another; () = nobody is
    hold_until: str = ""  # as ``hold_until`` reads it
    stop: bool = True  # no rule after this one, where it fits

    def fits(self, mail: RuledMail) -> bool:
        return (
            self._is_for(mail)
            and _any_like(mail.senders, self.senders)
            and _any_like(mail.recipients, self.recipients)
            and _any_like((mail.list_name,), self.lists)
            and (not self.subjects or any(word in mail.subject for word in self.subjects))
            and all(
                _any_like(mail.fields.get(name, ()), patterns)
                for name, patterns in self.fields.items()
            )
        )

    def _is_for(self, mail: RuledMail) -> bool:
        """A rule that says neither looks at all, but gives nobody what waits for nobody."""
        if self.automatic is not None:
            return self.automatic is mail.automatic
        return mail.waits or bool(self.status or self.hold_until)


@dataclass(frozen=True, slots=True)
class RuledMail:
    """What the rules look at. ``waits``: somebody may wait for an answer to it."""

    senders: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    subject: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    list_name: str = ""
    automatic: bool = False
    waits: bool = True


def ruled_mail(
    raw: bytes, headers: Headers, names: Iterable[str], *, automatic: bool, waits: bool
) -> RuledMail:
    """Of a raw header, and what it says; ``names`` are the fields that rules ask for."""
    header = Header(raw)
    to_whom = (value for name in (b"TO", b"CC") for value in header.all(name))
    return RuledMail(
        headers.from_addresses,
        texts(to_whom, MAX_RECIPIENTS),
        folded(headers.subject),
        {name: _values(header, name) for name in names},
        headers.list_name,
        automatic,
        waits,
    )


def fitting(rules: Sequence[Rule], mail: RuledMail) -> list[Rule]:
    """In their order, to the first one that lets none come after it."""
    found: list[Rule] = []
    for rule in rules:
        if rule.fits(mail):
            found.append(rule)
            if rule.stop:
                break
    return found


def fields_of(rules: Iterable[Rule]) -> list[str]:
    """The fields that they ask for, in upper case."""
    return list(dict.fromkeys(name for rule in rules for name in rule.fields))


def further_fields(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Those of them that no mail is asked for anyway."""
    known = {name.upper() for name in FIELDS}
    return tuple(name for name in fields_of(rules) if name not in known)


def folded(text: str) -> str:
    """As texts are compared: full width and capitals count for nothing."""
    return unicodedata.normalize("NFKC", text).casefold()


def _values(header: Header, name: str) -> tuple[str, ...]:
    values = list(header.all(name.encode("ascii")))[:MOST_OF_ONE_FIELD]
    return tuple(folded(decoded(value)) for value in values)


def _any_like(texts: Sequence[str], patterns: Sequence[str]) -> bool:
    """Without a pattern nothing is asked for."""
    return not patterns or any(like(text, pattern) for text in texts for pattern in patterns)
