"""The guards as pure rules: when a mail is stopped, and when sending it again is consent.

Knows facts only: who answered when, what was refused when. Invariants: nobody is stopped by an own
answer, nor by one that the mail itself refers to (its writer has seen it); consent covers only what
its giver was told, so an answer given after the refusal stops the mail again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was sent in a conversation."""

    account_id: int | None  # None: given outside the proxy, or the account is gone
    name: str  # of the person, as it was; "" = somebody outside
    at_us: int
    message_id: str
    people: bytes | None = None  # keyed digests of those it is for; None: not known


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard stopped this mail before (same person and conversation)."""

    guard: str
    at_us: int
    copy: str = ""  # of the very mail, see ``copy_digest``
    # It came by itself, or too soon after the one before it: repeating is no consent any more.
    forfeited: bool = False
    # It was of another text: sent now is what the person has made of it since.
    edited: bool = False


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """Sending again is consent when neither too soon nor too late (forgotten)."""

    pause_us: int = 20 * _SECOND_US
    window_us: int = 600 * _SECOND_US

    def __post_init__(self) -> None:
        if not 0 <= self.pause_us <= self.window_us:
            raise ValueError("the pause must not be longer than the window")


def answer_in_the_way(
    account_id: int,
    refers_to: Sequence[str],
    answers: Iterable[Answer],
    arrived: Mapping[str, int],
) -> Answer | None:
    """The newest answer by somebody else that is newer than what is being answered.

    ``refers_to`` are the ids that the mail names, its parent first; ``arrived`` the times of the
    conversation's known messages.
    """
    known = tuple(answers)
    seen = set(refers_to)
    _, since = _answered(refers_to, known, arrived)
    unseen = [
        answer
        for answer in known
        if answer.account_id != account_id or answer.account_id is None
        if answer.at_us > since and answer.message_id not in seen
    ]
    return max(unseen, key=lambda answer: answer.at_us, default=None)


def may_be_to_another(
    answer: Answer,
    refers_to: Sequence[str],
    answers: Iterable[Answer],
    arrived: Mapping[str, int],
    outside: Mapping[str, int],
) -> bool:
    """Whether ``answer`` is, for all we know, one to another mail than the one being answered: it
    was given before that came, or another one waited for an answer too, since the answer before it
    or come in between.

    ``outside`` are those of the conversation's messages that came from outside, as ``arrived``.
    """
    known = tuple(answers)
    asked, since = _answered(refers_to, known, arrived)
    if answer.at_us <= since:
        return True
    others = (one for one in known if one.message_id not in (answer.message_id, asked))
    before = max((one.at_us for one in others if one.at_us < answer.at_us), default=0)
    waited = (id_ for id_, at_us in outside.items() if min(since, before) < at_us < answer.at_us)
    return any(id_ != asked for id_ in waited)


def perhaps_in_the_way(
    refers_to: Sequence[str],
    perhaps: Iterable[Answer],
    answers: Iterable[Answer],
    arrived: Mapping[str, int],
) -> Answer | None:
    """The newest of ``perhaps``, of which nobody knows whether they went out, that is newer than
    what is being answered.

    An answer that is known and was given after it ends the doubt: its writer knew of it, and for
    everybody else that answer is in the way.
    """
    known = tuple(answers)
    _, since = _answered(refers_to, known, arrived)
    since = max([since, *(answer.at_us for answer in known)])
    seen = {*refers_to, *(answer.message_id for answer in known)}
    unsettled = [one for one in perhaps if one.at_us > since and one.message_id not in seen]
    return max(unsettled, key=lambda one: one.at_us, default=None)


def _answered(
    refers_to: Sequence[str], answers: Iterable[Answer], arrived: Mapping[str, int]
) -> tuple[str, int]:
    """The message being answered, and when it was there: the first of ``refers_to`` that is known.

    Nothing known of it: the beginning of time, so that every answer of a colleague counts.
    """
    given = {answer.message_id: answer.at_us for answer in answers if answer.message_id}
    for message_id in refers_to:
        times = [when[message_id] for when in (arrived, given) if message_id in when]
        if times:
            return message_id, max(times)
    return "", 0


def is_consent(
    guard: str,
    told_of_us: int,
    latest: Refusal | None,
    now_us: int,
    rule: OverrideRule,
    copy: str,
) -> bool:
    """Whether sending again overrides ``guard``.

    ``latest`` is the latest refusal of the same text, else of another one that was not forfeited,
    for the same person and conversation: no program edits a text.
    ``told_of_us`` is when the fact that stops the mail came about; a refusal before it did not
    tell of it. ``copy`` is the mail's ``copy_digest``.
    """
    if latest is None or latest.guard != guard or latest.at_us < told_of_us:
        return False
    age_us = now_us - latest.at_us
    if age_us > rule.window_us:
        return False
    if latest.edited:
        return age_us >= rule.pause_us
    return not forfeits(latest, now_us, rule, copy)


def forfeits(latest: Refusal | None, now_us: int, rule: OverrideRule, copy: str) -> bool:
    """Whether this sending shows a program that repeats by itself, or one before it did.

    The very same mail is nobody's second decision: a person who presses Send again makes one with
    a new Date. What comes inside the pause is either. Neither gets through by going on, also not
    where its waits grow; the window after the last of them ends it.
    """
    if latest is None or latest.edited or now_us - latest.at_us > rule.window_us:
        return False
    return latest.forfeited or copy == latest.copy or now_us - latest.at_us < rule.pause_us


def copy_digest(message_id: str, date: str, body: str) -> str:
    """Of one making of a mail, by what its program wrote: "" where it wrote none. Thunderbird keeps
    the Message-ID when Send is pressed again after a refusal, and writes a new Date; programs that
    repeat by themselves keep all. Without a Date nothing tells a person's second decision from
    theirs, whatever the Message-ID. ``body`` is the ``body_digest``.
    """
    date = date.strip()
    return _digest(("copy", message_id if date else "", date, body))


def body_digest(texts: Iterable[str]) -> str:
    """Of what a mail says, whatever its Message-ID, Date, boundaries and line folding are."""
    words = sorted(" ".join(text.split()) for text in texts)
    return _digest(("body", *words))


def message_digest(
    sender: str, recipients: Collection[str], body: str, files: Iterable[str]
) -> str:
    """Of one sending: who to whom, the body's digest and the attachments' digests."""
    addressed = sorted(recipient.lower() for recipient in recipients)
    return _digest(("sending", sender.lower(), str(len(addressed)), *addressed, body, *files))


def _digest(words: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for word in words:
        octets = word.encode("utf-8", "surrogatepass")
        digest.update(len(octets).to_bytes(8, "big") + octets)  # a length: no two lists look alike
    return digest.hexdigest()
