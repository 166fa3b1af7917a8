"""What is not as it should be at a shared mailbox's provider: the one state that log, readiness,
metrics and ``proxyd mailbox status`` are derived from, so that they can't disagree.

A condition is about the provider, a folder, or some mails of a folder; whoever meets with one says
so here, each time he does, and whoever sees it gone as well. Invariants: one log line when a
condition begins, when it is about other mails, and when it ends, however often it is met with; a
condition ends only by its own end, or with its folder.

Sentences are for admins: they name folders and UIDs, never a mail's text or an address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from proxyd.domain.errors import UidValidityChanged, UpstreamError, UpstreamRefused
from proxyd.domain.types import Clock, Trouble

_log = logging.getLogger(__name__)

UIDS_TOLD = 10  # of many bad mails, in a sentence


class TroubleKind(StrEnum):
    """Also the labels of a metric."""

    PROVIDER = "provider"  # it does not answer, or does not let us in
    LISTENING = "listening"  # it tells no news by itself: it is asked every few seconds
    NAMES = "names"  # folders whose names can't be read
    FOLDER = "folder"  # a folder that it does not show: what is known of it stands still
    MAILS = "mails"  # mails that it does not tell: they are shown as far as they are known
    LEAVING = "leaving"  # its SMTP server does not take what waits to leave
    FLAGS = "flags"  # mails with words among their flags that can't be flags: those are left out


_WHAT = {
    TroubleKind.PROVIDER: "the provider can't be used",
    TroubleKind.LISTENING: "the provider tells no news by itself and is asked every few seconds",
    TroubleKind.NAMES: "folders with names that can't be read are left out",
    TroubleKind.FOLDER: "folder {folder} can't be read and stands still",
    TroubleKind.MAILS: "{mails} of folder {folder} can't be read, and shown only as far as known",
    TroubleKind.LEAVING: "mail that was to leave waits in Leaving and is tried again",
    TroubleKind.FLAGS: "{mails} of folder {folder} with keywords that can't be flags, "
    "which are left out",
}
# What nobody needs to do anything about: all mail is there.
_HARMLESS = frozenset({TroubleKind.LISTENING, TroubleKind.FLAGS})


@dataclass(frozen=True, slots=True)
class Condition:
    """``uids`` are the provider's, ascending."""

    kind: TroubleKind
    reason: str  # in the provider's words, printable and bounded; "" where there are none
    since_us: int
    folder: str = ""
    uids: tuple[int, ...] = ()

    @property
    def serious(self) -> bool:
        """Mail does not come in: the mailbox is not ready."""
        return self.kind is TroubleKind.PROVIDER or (
            self.kind is TroubleKind.FOLDER and self.folder == "INBOX"
        )

    def told(self) -> str:
        """The sentence, without the mailbox's name."""
        if self.kind is TroubleKind.PROVIDER:
            return self.reason
        count = len(self.uids)
        numbers = ", ".join(map(str, self.uids[:UIDS_TOLD])) + (", …" if count > UIDS_TOLD else "")
        mails = f"{count:,} mail{'' if count == 1 else 's'} (UID {numbers})"
        what = _WHAT[self.kind].format(folder=self.folder, mails=mails)
        return f"{what}: {self.reason}" if self.reason else what


def told(error: UpstreamError) -> str:
    """The reason in a condition."""
    if isinstance(error, UidValidityChanged):
        return "the provider numbers it anew again and again"
    said = error.text if isinstance(error, UpstreamRefused) else str(error)
    return said or type(error).__name__


class Conditions:
    """Of one mailbox. ``name`` is asked for each line, because an admin may change it."""

    def __init__(self, name: Callable[[], str], clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._now: dict[tuple[TroubleKind, str], Condition] = {}
        self._reasons: dict[tuple[TroubleKind, str], dict[int, str]] = {}
        begin = Condition(TroubleKind.PROVIDER, "not connected yet", clock())
        self._now[TroubleKind.PROVIDER, ""] = begin
        self._up_since_us = clock()
        self._line_said: bool | None = None  # what the log was told last

    # ------------------------------------------------------------------ what is

    def all(self) -> list[Condition]:
        return sorted(self._now.values(), key=lambda one: (not one.serious, one.kind, one.folder))

    def troubles(self) -> list[Trouble]:
        """The same for who must not know this module."""
        name = self._name()
        return [
            Trouble(name, one.kind, one.folder, one.uids, one.since_us, one.serious, one.told())
            for one in self.all()
        ]

    def of(self, kind: TroubleKind, folder: str = "") -> Condition | None:
        return self._now.get((kind, folder))

    @property
    def line_up(self) -> bool:
        return (TroubleKind.PROVIDER, "") not in self._now

    @property
    def heard(self) -> bool:
        """Whether the provider was reached, or not, since we began."""
        return self._line_said is not None

    @property
    def line_reason(self) -> str:
        down = self.of(TroubleKind.PROVIDER)
        return "" if down is None else down.reason

    @property
    def line_since_us(self) -> int:
        """Since when it is up, or down."""
        down = self.of(TroubleKind.PROVIDER)
        return self._up_since_us if down is None else down.since_us

    # ------------------------------------------------------------------ the provider

    def line(self, *, up: bool, reason: str, owed: int) -> bool:
        """Whether the provider answers; True where it does again. ``owed``: changes it is owed."""
        now_us, was_up = self._clock(), self.line_up
        if up is not self._line_said:  # also the very first failure, and each only once
            self._say_line(up=up, reason=reason, owed=owed)
        if up:
            self._now.pop((TroubleKind.PROVIDER, ""), None)
            if not was_up:
                self._up_since_us = now_us
        else:
            since_us = now_us if was_up else self.line_since_us
            self._now[TroubleKind.PROVIDER, ""] = Condition(TroubleKind.PROVIDER, reason, since_us)
        return up and not was_up

    def _say_line(self, *, up: bool, reason: str, owed: int) -> None:
        seconds = (self._clock() - self.line_since_us) // 1_000_000
        if not up:
            _log.error("upstream of mailbox %s is down: %s", self._name(), reason)
        elif self._line_said is None:
            _log.info("upstream of mailbox %s is up", self._name())
        else:
            text = "upstream of mailbox %s is up after %d s, and is owed %d changes of flags"
            _log.info(text, self._name(), seconds, owed)
        self._line_said = up

    # ------------------------------------------------------------------ folders and mails

    def begin(self, kind: TroubleKind, reason: str, folder: str = "") -> None:
        """Not about single mails."""
        known = self._now.get((kind, folder))
        if known is None:
            self._put(Condition(kind, reason, self._clock(), folder))
        elif known.reason != reason:  # it goes on, in other words
            self._now[kind, folder] = replace(known, reason=reason)

    def end(self, kind: TroubleKind, folder: str = "") -> None:
        self._reasons.pop((kind, folder), None)
        over = self._now.pop((kind, folder), None)
        if over is not None:
            _log.info("mailbox %s: no more: %s", self._name(), over.told())

    def mails(
        self, kind: TroubleKind, folder: str, bad: Mapping[int, str], well: Iterable[int] = ()
    ) -> None:
        """These of the folder are bad, by UID with the reason; those are not, or are gone."""
        reasons = self._reasons.setdefault((kind, folder), {})
        before = reasons.keys() | set()
        for uid in well if reasons else ():
            reasons.pop(uid, None)
        reasons.update(bad)
        if not reasons:
            self.end(kind, folder)
        elif reasons.keys() != before:
            known = self._now.get((kind, folder))
            since_us = self._clock() if known is None else known.since_us
            reason = next(reversed(reasons.values()))
            self._put(Condition(kind, reason, since_us, folder, tuple(sorted(reasons))))

    def has(self, kind: TroubleKind, folder: str, uid: int) -> bool:
        return uid in self._reasons.get((kind, folder), ())

    def keep_folders(self, names: Iterable[str]) -> None:
        """What is known of other folders ends with them."""
        there = {"", *names}
        for kind, folder in [key for key in self._now if key[1] not in there]:
            self.end(kind, folder)

    def _put(self, condition: Condition) -> None:
        self._now[condition.kind, condition.folder] = condition
        level = logging.INFO if condition.kind in _HARMLESS else logging.WARNING
        level = logging.ERROR if condition.serious else level
        _log.log(level, "mailbox %s: %s", self._name(), condition.told())
