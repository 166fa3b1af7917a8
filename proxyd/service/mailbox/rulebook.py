"""The rules of one mailbox that are in force: the newest version, as it was read last."""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.errors import BadInput
from proxyd.domain.rule_reader import read
from proxyd.domain.rules import Rule, RuledMail, fields_of, further_fields, ruled_mail
from proxyd.domain.thread import Headers


class Rulebook:
    def __init__(self) -> None:
        self.version = 0
        self.rules: Sequence[Rule] = ()
        self.problem = ""  # why those of the version can't be read
        self.fields: Sequence[str] = ()  # that the provider is asked for because of them

    def take(self, version: int, text: str) -> None:
        """What can't be read, as of another version of the program, is no rule."""
        self.version, self.problem, self.rules = version, "", ()
        try:
            self.rules = read(text) if text else ()
        except BadInput as error:
            self.problem = f"the rules of version {version} can't be read ({error})"
        self.fields = further_fields(self.rules)

    def mail(self, raw: bytes, headers: Headers, *, automatic: bool, waits: bool) -> RuledMail:
        """What the rules look at. Costs nothing where there are none."""
        if not self.rules:
            return RuledMail()
        names = fields_of(self.rules)
        return ruled_mail(raw, headers, names, automatic=automatic, waits=waits)
