"""Whose notes a mail to a note address is (service/sending/note_desks.py), with several mailboxes
of one person.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from proxyd.domain.errors import CannotDo
from proxyd.domain.notes import ATTRIBUTE, former_note_address, note_address
from proxyd.domain.types import Right
from proxyd.service.api.submission import Envelope
from proxyd.service.sending.submission import Submission
from tests.service.conftest import World, mail
from tests.service.sending.sending_bench import ORIGIN, FakeRelay

ADDRESSES = {
    "dashed": "help-desk@example.test",
    "barred": "help_desk@example.test",
    "window": "窓口@日本.jp",
    "questions": "問合@東京.jp",
    "dotted": "a.b@example.test",
    "below": "a@b.example.test",
}


@dataclass
class Office:
    """Anna has a mailbox at each address; in each is a mail of its own, ``NAME@x``."""

    world: World
    boxes: dict[str, World]
    submission: Submission

    async def note(self, to: str, answers: str) -> list[str]:
        """Which mailboxes have it then."""
        anna = self.world.team.by_login("anna")
        assert anna is not None
        sender = ADDRESSES.get(answers, ADDRESSES["dashed"])
        text = (
            f"From: {sender}\r\nTo: {to}\r\nSubject: Re: Order\r\n"
            f"Message-ID: <n-{answers}-{to}>\r\nIn-Reply-To: <{answers}@x>\r\n\r\nA word?\r\n"
        )
        envelope = Envelope(sender, (to,), text.encode())
        await self.submission.submit(anna, envelope, ORIGIN)
        return [name for name, box in self.boxes.items() if notes_in(box)]


def notes_in(box: World) -> int:
    folder = box.room.state.special_folder(ATTRIBUTE)
    assert folder is not None and folder.view is not None
    return len(folder.view.members)


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    submission = Submission(world.database, world.clock, subject_digest=world.shop.digest)
    boxes: dict[str, World] = {}
    for name, address in ADDRESSES.items():
        box = boxes[name] = await world.second(name)
        box.room.mailbox = replace(box.mailbox, address=address)
        await world.grant("anna", box.mailbox, Right.RESPOND)
        submission.attach(box.conversations, FakeRelay())
        box.upstream.deliver(mail(f"{name}@x"))
        await box.synced()
    yield Office(world, boxes, submission)
    await submission.close()


@pytest.mark.parametrize("name", ["dashed", "barred", "window", "questions"])
async def test_each_has_an_address_of_its_own(office: Office, name: str) -> None:
    assert await office.note(note_address(ADDRESSES[name]), name) == [name]


@pytest.mark.parametrize("name", ["window", "questions", "dotted", "below"])
async def test_what_two_share_is_of_the_one_whose_mail_it_answers(
    office: Office, name: str
) -> None:
    address = former_note_address(ADDRESSES[name])
    others = [former_note_address(a) for n, a in ADDRESSES.items() if n != name]
    assert address in others
    assert await office.note(address, name) == [name]


@pytest.mark.parametrize("name", ["dashed", "barred"])
async def test_so_is_a_former_one_that_is_another_s_now(office: Office, name: str) -> None:
    address = former_note_address(ADDRESSES["barred"])
    assert address == note_address(ADDRESSES["dashed"])
    assert await office.note(address, name) == [name]


async def test_where_both_have_the_mail_it_is_of_the_one_that_has_it_now(office: Office) -> None:
    for name in ("dashed", "barred"):
        office.boxes[name].upstream.deliver(mail("both@x"))
        await office.boxes[name].synced()
    assert await office.note(note_address(ADDRESSES["dashed"]), "both") == ["dashed"]


async def test_where_nothing_tells_which_it_is_none(office: Office) -> None:
    with pytest.raises(CannotDo, match="note-and-others"):
        await office.note(former_note_address(ADDRESSES["window"]), "dashed")
