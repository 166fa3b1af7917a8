"""What is said of an alarm, and where it is mended. Each names something to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from admin.web.log.questions import preset_path
from proxyd.domain.alarms import COPIED, PASSKEY, TROUBLE, Alarm
from proxyd.domain.events import Action
from proxyd.domain.log_question import LogQuestion, written
from proxyd.domain.types import Role

_KINDS: Final = {"provider": "alarm.provider", "folder": "alarm.folder"}


@dataclass(frozen=True, slots=True)
class ToldAlarm:
    """``key``: of its sentence, with ``facts``; ``key.so`` says what it means. ``remedies``: word
    and path, the first one first.
    """

    alarm: Alarm
    key: str
    facts: dict[str, object]
    remedies: tuple[tuple[str, str], ...]

    @property
    def so(self) -> str:
        return f"{self.key}.so"


def told(alarm: Alarm, role: Role) -> ToldAlarm:
    if alarm.what == TROUBLE:
        key = _KINDS.get(alarm.kind, "alarm.trouble")
        facts: dict[str, object] = {"mailbox": alarm.mailbox}
        if alarm.kind == "folder":
            facts["folder"] = str(alarm.facts.get("folder", ""))
        return ToldAlarm(alarm, key, facts, _of_mailbox(alarm))
    if alarm.what == COPIED:
        facts = {"person": alarm.person, "mailbox": alarm.mailbox}
        facts |= {name: alarm.facts.get(name, "?") for name in ("mails", "usual")}
        return ToldAlarm(alarm, "alarm.copied-much", facts, _of_person(alarm, role))
    if alarm.what == PASSKEY:
        key = "alarm.passkey-counter-back"
        return ToldAlarm(alarm, key, {"person": alarm.person}, _of_person(alarm, role))
    return ToldAlarm(alarm, "alarm.other", {"what": alarm.what}, ())


def all_told(alarms: Sequence[Alarm], role: Role) -> list[ToldAlarm]:
    return [told(one, role) for one in alarms]


def _of_mailbox(alarm: Alarm) -> tuple[tuple[str, str], ...]:
    path = f"/mailboxes/{quote(alarm.mailbox, safe='')}"
    mailbox = ("remedy.mailbox", path)
    if alarm.kind == "provider":
        return ("remedy.password", f"{path}/password"), mailbox
    return (mailbox,)


def _of_person(alarm: Alarm, role: Role) -> tuple[tuple[str, str], ...]:
    """Who may not read of mails in the log is led to the person, and the other way round."""
    path = f"/people/{quote(alarm.person, safe='')}"
    is_copy = alarm.what == COPIED
    if role is Role.ADMIN:
        shut_out = ("remedy.leave", f"{path}/leave")
        return (shut_out, ("remedy.person", path)) if is_copy else (("remedy.person", path),)
    actions = (Action.COPY_OUT, Action.OPEN) if is_copy else (Action.LOGIN, Action.FACTOR)
    mailbox = alarm.mailbox if is_copy else ""
    question = LogQuestion(person=alarm.person, actions=actions, mailbox=mailbox, since="7d")
    return (("remedy.accesses", preset_path(written(question))),)
