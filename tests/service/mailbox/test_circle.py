"""What a conversation is asked where a mail wants to join it is summed up, and says the same as all
its mails; however many there are, each is gone through once in a change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.guard import Answer
from proxyd.service.mailbox.belonging import may_become_one, may_join, with_whom
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.circle import Circle, in_order
from proxyd.service.mailbox.correspondents import KEY, Keyed, have_in_common, number_of
from proxyd.service.mailbox.folder_sync import FolderSync
from proxyd.service.mailbox.foreseen import MOST_GONE_THROUGH
from proxyd.service.mailbox.indexer import Indexer
from proxyd.service.mailbox.model import Conversation, Folder, Message
from proxyd.service.mailbox.state import MailboxState
from proxyd.service.mailbox.waiting import left_to_do
from tests.service.conftest import World, mail
from tests.service.mailbox.test_clocks import dated
from tests.service.mailbox.test_who_belongs_together import IDA, US, told

INBOX, SENT = Folder(1, "INBOX", "/", frozenset()), Folder(2, "Sent", "/", frozenset({"\\sent"}))
BOTH = [Conversation(1, "open", None), Conversation(2, "open", None)]
KEYS = [bytes([letter]) * KEY for letter in b"abcd"]

some_people = st.lists(st.sampled_from(KEYS), unique=True, max_size=3).map(
    lambda keys: b"".join(sorted(keys))
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    inbound = draw(st.booleans())
    return Message(
        folder=INBOX if inbound else SENT, uid=draw(st.integers(1, 1 << 30)),
        conversation=draw(st.sampled_from(BOTH)), message_id=draw(st.sampled_from("klmnop")),
        size=1, internal_date="", inbound=inbound, automatic=False, subject_digest="",
        flags=draw(st.sampled_from([(), ("\\Answered",)])),
        correspondents=draw(st.one_of(some_people, some_people, st.none())),
        origin=draw(st.integers(0, 3)),
    )  # fmt: skip


mails = st.lists(messages(), max_size=6)
times = st.fixed_dictionaries({id_: st.integers(1, 5) for id_ in "klmnop"})


def summed(present: Sequence[Message], came_us: Callable[[Message], int]) -> Circle:
    circle = Circle()
    circle.take(present, came_us)
    return circle


def plainly_joins(
    named: Sequence[Message],
    present: Sequence[Message],
    came_us: Callable[[Message], int],
    people: Keyed,
) -> bool:
    """A mail from outside, by the mails themselves."""
    if any(message.inbound for message in named):
        return True
    if any(message.correspondents is None for message in (named or present)):
        return True
    written = [message for message in present if message.inbound]
    to_one = bool(named) and all(number_of(each.correspondents or b"") <= 1 for each in named)
    if not written:
        return to_one or have_in_common(people, with_whom(present))
    if to_one:
        first = min(in_order(message, came_us) for message in named)
        before = [message for message in written if in_order(message, came_us) < first]
        theirs = have_in_common(with_whom(named), with_whom(before))
        if theirs or have_in_common(people, with_whom(named)):
            return True
    return have_in_common(people, with_whom(written))


def plainly_one(one: Sequence[Message], other: Sequence[Message], people: Keyed) -> bool:
    if any(message.correspondents is None for message in (*one, *other)) or not (one and other):
        return True
    those = with_whom(message for message in other if message.inbound) or with_whom(other)
    return have_in_common(people, those) or have_in_common(with_whom(one), those)


@given(mails, mails, times, some_people)
def test_a_mail_joins_as_all_mails_tell(
    named: list[Message], present: list[Message], came: dict[str, int], people: Keyed
) -> None:
    def came_us(message: Message) -> int:
        return came[message.message_id]

    for asked in (named, named[:1], []):
        circle = summed(present, came_us)
        joins = may_join(asked, lambda c=circle: c, came_us, inbound=True, people=people)  # type: ignore[misc]
        assert joins == plainly_joins(asked, present, came_us, people)
    both = summed(named, came_us), summed(present, came_us)
    assert may_become_one(*both, people) == plainly_one(named, present, people)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), messages()),
        st.tuples(st.just("come"), messages()),
        st.tuples(st.just("remove"), messages()),
        st.tuples(st.just("ask"), messages()),
        st.tuples(st.just("join"), messages()),
    ),
    max_size=12,
)


@given(st.lists(messages(), max_size=4), steps)
def test_it_is_that_of_all_mails_whatever_has_been_staged(
    present: list[Message], steps: list[tuple[str, Message]]
) -> None:
    state, one, other = MailboxState(), Conversation(1, "open", None), Conversation(2, "open", None)
    of = {BOTH[0]: one, BOTH[1]: other}
    for number, message in enumerate(present):
        message.id, message.uid = number + 1, number + 1
        message.conversation = of[message.conversation]
        message.folder = Folder(number, "INBOX", "/", frozenset())
        message.folder.by_uid[message.uid] = message
        message.conversation.messages.append(message)
        state.by_message_id.setdefault(message.message_id, []).append(message)
    change = Change(1, state, now_us=10)
    for what, message in steps:
        match what:
            case "add":
                message.conversation = change.current(of.get(message.conversation, one))
                change.come(message)
                change.add(message)
            case "come":
                change.come(message)
            case "remove":
                change.remove_all(each for each in present if each.message_id == message.message_id)
            case "join" if change.current(other) is other:
                change.join(one, other)
        for each in dict.fromkeys(map(change.current, (one, other))):
            assert change.circle_of(each) == summed(change.messages_of(each), change.came_us)


@given(mails, st.lists(st.tuples(st.integers(0, 6), st.none() | some_people), max_size=6), times,
       some_people)  # fmt: skip
def test_whether_a_mail_has_its_own_answer_is_told_by_the_last_two(
    present: list[Message],
    given: list[tuple[int, Keyed | None]],
    came: dict[str, int],
    people: Keyed,
) -> None:
    answers = [Answer(1, "Anna", at_us, f"a{n}", to) for n, (at_us, to) in enumerate(given)]
    asked: list[tuple[Message, bool]] = []

    def came_us(message: Message) -> int:
        return came[message.message_id]

    def plainly(message: Message) -> bool:
        whom = message.correspondents or b""
        later = [one for one in answers if one.at_us > came_us(message)]
        own = [one for one in later if one.people is None or have_in_common(one.people, whom)]
        return len(own) > have_in_common(people, whom)

    for message in present:
        asked.append((message, plainly(message)))
        left = left_to_do([message], present, lambda: answers, came_us, people, lambda _: True)
        newer = any(
            in_order(each, came_us) > in_order(message, came_us)
            for each in present
            if each.inbound and each.message_id != message.message_id
            if "\\Answered" not in each.flags or not plainly(each)
        )
        assert (left.name == "NEWER") == newer


@pytest.fixture
def gone_through(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many mails each change of the indexer's went through."""
    found: list[int] = []
    stage = Indexer.stage

    def counted(self: Indexer, change: Change, **rest: object) -> list[Message]:
        messages = stage(self, change, **rest)  # type: ignore[arg-type]
        found.append(change.gone_through)
        return messages

    monkeypatch.setattr(Indexer, "stage", counted)
    return found


MANY = 300


async def test_many_that_name_ids_nobody_has_seen(world: World, gone_through: list[int]) -> None:
    """The end of a list's thread, of which the beginning is not here."""
    unseen = " ".join(f"<u{number}@list.example>" for number in range(20))
    for number in range(MANY):
        raw = mail(f"m{number}@x", sender=f"p{number}@list.example")
        world.upstream.deliver(told(raw, f"References: {unseen}", "Cc: friends@list.example"))
    await world.synced()
    assert len(world.room.state.conversations) == 1
    assert sum(gone_through) <= MANY


async def test_many_that_answer_one_mail_of_ours(world: World, gone_through: list[int]) -> None:
    world.upstream.deliver(told(mail("c@us", sender=US), to=IDA), "Sent")
    await world.synced()
    for number in range(MANY):
        world.upstream.deliver(mail(f"m{number}@x", sender=IDA, answers="c@us"))
    await world.synced()
    assert len(world.room.state.conversations) == 1
    assert sum(gone_through) <= 2 * MANY


async def test_many_answers_are_taken_in_by_portions(world: World, gone_through: list[int]) -> None:
    """Each asks all mails who waits: others get their turn in between, and nothing is left out."""
    dated(world, mail("m0@x"), 0)
    for number in range(1, MANY):
        dated(world, mail(f"m{number}@x", answers=f"m{number - 1}@x"), number)
    await world.synced()
    gone_through.clear()
    for number in range(MANY):
        dated(world, mail(f"a{number}@us", answers=f"m{number}@x", sender=US), 999 + number, "Sent")
    await world.synced()
    assert len(gone_through) > 1
    assert max(gone_through) <= MOST_GONE_THROUGH + 6 * MANY
    (conversation,) = world.room.state.conversations.values()
    assert len(conversation.answers) == MANY and conversation.status == "done"


async def test_many_that_are_marked_answered_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    stage = FolderSync._stage_look

    def counted(*args: object) -> tuple[bool, bool]:
        result = stage(*args)  # type: ignore[arg-type]
        change = args[-1]
        assert isinstance(change, Change)
        found.append(change.gone_through)
        return result

    monkeypatch.setattr(FolderSync, "_stage_look", counted)
    world.upstream.deliver(mail("m0@x"))
    for number in range(1, MANY):
        world.upstream.deliver(mail(f"m{number}@x", answers=f"m{number - 1}@x"))
    await world.synced()
    for row in world.upstream.folders["INBOX"].mails.values():
        row.flags = {"\\Answered"}
    found.clear()
    await world.synced()
    messages = world.room.state.messages()
    assert all("\\Answered" in message.flags for message in messages)
    assert max(found) <= MOST_GONE_THROUGH + 6 * MANY
