"""Who waits still when somebody else gets an answer (docs/design.md §3 "What an answer is").

We ask a supplier about a customer's mail, the supplier answers, we thank the supplier. That is an
answer, and the customer waits. So an answer *passes by* a mail where it goes to nobody whom that
mail names, but to somebody to whom we had written since that mail came. To whom we had not, it
counts for everybody who has written before: customers have several addresses, and colleagues who
write for them. A mail waits where all answers given since it came pass it by, and no other mail of
ours has gone to those whom it names. What is not known of old mails keeps nothing open. Pure, and
linear (but for sorting) in the mails of the conversation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from operator import itemgetter

from proxyd.domain.guard import Answer
from proxyd.service.mailbox.answering import came_since
from proxyd.service.mailbox.correspondents import (
    Keyed,
    each_of,
    have_in_common,
    is_read,
    together,
)
from proxyd.service.mailbox.model import Folder, Message

_NO_TIME = 0
_NEVER = 1 << 62

_Given = tuple[int, int]  # when an answer was, and which one it is


@dataclass(frozen=True, slots=True)
class Went:
    """A mail of ours to ``people``; ``asked_us``: when we had last written to one of them, before
    that, where it is an answer.
    """

    id: str
    at_us: int
    people: Keyed | None
    is_answer: bool
    asked_us: int = _NO_TIME


class Left(Enum):
    """What there is to do in a conversation when an answer has gone out."""

    NOTHING = auto()
    NEWER = auto()  # than what is answered
    ANOTHER = auto()  # older, of somebody else, whom it passes by


def left_to_do(
    answered: Iterable[Message],
    present: Sequence[Message],
    answers: Callable[[], Iterable[Answer]],
    came_us: Callable[[Message], int],
    people: Keyed,
    was_there: Callable[[Message], bool],
) -> Left:
    """``answers`` are all that were given, the one to these ``people`` too; they are asked for only
    where somebody has written whom that does not go to. ``was_there``: before us.
    """

    @cache
    def latest() -> dict[bytes | None, list[_Given]]:
        return _latest_two(answers())

    def has_own(message: Message) -> bool:
        """An answer of its own beside this one: clients mark \\Answered whomever they write to."""
        whom = message.correspondents or b""
        since = came_us(message)
        given = {one for key in (None, *each_of(whom)) for one in latest().get(key, ())}
        return sum(at_us > since for at_us, _ in given) > have_in_common(people, whom)

    if came_since(answered, present, came_us, has_own):
        return Left.NEWER
    to = each_of(people)
    if all(to & each_of(each.correspondents or b"") for each in present if _is_asking(each)):
        return Left.NOTHING
    went = gone_out(present, answers(), came_us, was_there)
    return Left.ANOTHER if somebody_waits(present, went, came_us) else Left.NOTHING


def _latest_two(answers: Iterable[Answer]) -> dict[bytes | None, list[_Given]]:
    """Of the answers to each person the last two; under None of those to nobody knows whom."""
    found: dict[bytes | None, list[_Given]] = {}
    in_order = sorted(answers, key=lambda answer: answer.at_us)
    for number, answer in enumerate(in_order):
        for one in [None] if answer.people is None else each_of(answer.people):
            found[one] = [*found.get(one, [])[-1:], (answer.at_us, number)]
    return found


def whom_for(recipients: Keyed, names: Sequence[str], present: Sequence[Message]) -> Keyed:
    """To whom an answer goes; ``names`` are the ids it names, the nearest first.

    Who answers a mail of ours from an address that it did not go to (a help desk's people), is one
    of those that it went to.
    """
    wanted = set(names)
    ours = {
        each.message_id: each for each in present if each.message_id in wanted and _is_out(each)
    }
    asked = next((ours[id_] for id_ in names if id_ in ours), None)
    if asked is None or not asked.correspondents:
        return recipients
    if have_in_common(recipients, asked.correspondents):
        return recipients
    return together([recipients, asked.correspondents])


def gone_out(
    present: Sequence[Message],
    answers: Iterable[Answer],
    came_us: Callable[[Message], int],
    was_there: Callable[[Message], bool],
) -> list[Went]:
    """All of a conversation that has, in its order; an answer and its copy in Sent once."""
    copies = {each.message_id: each for each in present if _is_out(each)}
    found = []
    for answer in answers:
        copy = copies.pop(answer.message_id, None)
        people = answer.people
        if people is None and copy is not None:
            people = copy.correspondents
        found.append((answer.at_us, answer.message_id, people, True))
    wrote = sorted((came_us(each), each.correspondents or b"") for each in present if each.inbound)
    for copy in copies.values():
        at_us, people = came_us(copy), copy.correspondents or b""
        # What was there before us has no record: it answers whoever has written last before it.
        before = bisect_right(wrote, at_us, key=itemgetter(0))
        last_wrote = wrote[before - 1][1] if before and was_there(copy) else b""
        is_answer = have_in_common(people, last_wrote)
        found.append((at_us, copy.message_id, copy.correspondents, is_answer))
    last: dict[bytes, int] = {}
    went = []
    for at_us, id_, people, is_answer in sorted(found, key=lambda each: each[0]):
        whom = each_of(people or b"")
        asked_us = max((last.get(one, _NO_TIME) for one in whom), default=_NO_TIME)
        went.append(Went(id_, at_us, people, is_answer, asked_us))
        last.update(dict.fromkeys(whom, at_us))
    return went


def passes_by(answer: Went, people: Keyed, came_us: int) -> bool:
    """Whether it is none to a mail with these ``people`` that came then."""
    aside = answer.people is not None and not have_in_common(answer.people, people)
    return aside and answer.asked_us > came_us


def somebody_waits(
    present: Iterable[Message], went: Sequence[Went], came_us: Callable[[Message], int]
) -> bool:
    """Whether a person outside does, in spite of the answers that ``went`` out since."""
    asking = filter(_is_asking, present)
    return any(passed_by for _, passed_by in _waiting(asking, went, came_us))


def waiting_since(
    present: Iterable[Message],
    went: Sequence[Went],
    came_us: Callable[[Message], int],
    works: Callable[[Folder], bool],
) -> list[int]:
    """When each of those mails came that nobody has answered. ``works``: a folder of work.

    Behind what only programs have written somebody may wait, too: a contact form's.
    """
    work = [each for each in present if each.inbound and works(each.folder)]
    people = [each for each in work if not each.automatic]
    return [came for came, _ in _waiting(people or work, went, came_us)]


def _waiting(
    asking: Iterable[Message], went: Sequence[Went], came_us: Callable[[Message], int]
) -> Iterator[tuple[int, bool]]:
    """When each of those came that wait, the newest first, and whether an answer passed it by."""
    later = list(went)  # the last one is the next that is looked at
    reached: set[bytes] = set()
    asked_us = _NEVER  # the least of the answers given since
    written = [(came_us(each), each.correspondents or b"") for each in asking]
    for came, whom in sorted(written, key=itemgetter(0), reverse=True):
        while later and later[-1].at_us >= came:
            one = later.pop()
            reached |= each_of(one.people or b"")
            if one.is_answer:
                asked_us = min(asked_us, _NO_TIME if one.people is None else one.asked_us)
        # Behind a web form that is no-reply@ nobody can be reached.
        people = each_of(whom) if is_read(whom) else frozenset[bytes]()
        if asked_us == _NEVER:
            if reached.isdisjoint(people):
                yield came, False
        elif people and came < asked_us and reached.isdisjoint(people):
            yield came, True


def _is_asking(message: Message) -> bool:
    return message.inbound and message.folder.working and not message.automatic


def _is_out(message: Message) -> bool:
    """Of ours, written by a person, and no draft."""
    if message.inbound or message.automatic:
        return False
    if message.folder.ours:
        return False
    return not message.folder.attributes & {"\\drafts", "\\trash"}
