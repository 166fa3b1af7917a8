"""Who waits still when somebody else gets an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.guard import Answer
from proxyd.domain.thread import Headers
from proxyd.service.mailbox.answering import is_answer
from proxyd.service.mailbox.correspondents import each_of, is_read, is_unread, keyed, of_mail
from proxyd.service.mailbox.identity import says_the_same
from proxyd.service.mailbox.model import Conversation, Folder, Message
from proxyd.service.mailbox.waiting import Left, gone_out, left_to_do, passes_by, whom_for
from tests.service.conftest import World, mail
from tests.service.sending.sending_bench import until
from tests.service.sending.test_without_references import Office, office

__all__ = ["office"]

INBOX = Folder(1, "INBOX", "/", frozenset())
SENT = Folder(2, "Sent", "/", frozenset({"\\sent"}))
IDA, SHOP, REI = "ida@buyer.example", "parts@shop.example", "rei@shop.example"


def people(names: str) -> bytes:
    written = [f"{name}@web.example" for name in names.split()]
    return of_mail(lambda text: text, Headers(from_addresses=tuple(written)), ())


class Story:
    """One conversation: who wrote, what went out, what was answered, one after the other."""

    def __init__(self) -> None:
        self.conversation = Conversation(1, "open", None)
        self.mails: list[Message] = []
        self.answers: list[Answer] = []
        self.came: dict[str, int] = {}

    def comes(self, *names: str) -> Message:
        return self._mail(INBOX, " ".join(names))

    def goes(self, *names: str) -> Message:
        return self._mail(SENT, " ".join(names))

    def answered(self, to: str, *, asked: Message, known: bool = True, copy: bool = True) -> Left:
        """What is left to do."""
        id_ = self._mail(SENT, to).message_id if copy else f"a{len(self.answers)}"
        whom = people(to) if known else None
        self.answers.append(Answer(1, "Anna", 10 * len(self.came) + 5, id_, whom))
        return left_to_do(
            [asked], self.mails, lambda: self.answers, self.came_us, people(to), self.was_there
        )

    def came_us(self, message: Message) -> int:
        return self.came[message.message_id]

    def was_there(self, message: Message) -> bool:
        return True

    def _mail(self, folder: Folder, names: str) -> Message:
        id_ = f"m{len(self.came)}"
        self.came[id_] = 10 * (len(self.came) + 1)
        message = Message(
            folder=folder, uid=1, conversation=self.conversation, message_id=id_, size=1,
            internal_date="", flags=(), inbound=folder is INBOX, automatic=False,
            subject_digest="", correspondents=people(names),
        )  # fmt: skip
        self.mails.append(message)
        return message


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_plain_answer_to_a_plain_customer_finishes(story: Story) -> None:
    assert story.answered("ida", asked=story.comes("ida")) is Left.NOTHING
    assert story.answered("ida", asked=story.comes("ida")) is Left.NOTHING


@pytest.mark.parametrize("copy", [True, False])
def test_who_thanks_the_supplier_leaves_the_customer_waiting(story: Story, copy: bool) -> None:
    order = story.comes("ida")
    story.goes("shop")
    assert story.answered("shop", asked=story.comes("shop"), copy=copy) is Left.ANOTHER
    assert story.answered("shop", asked=story.comes("shop"), copy=copy) is Left.ANOTHER
    assert story.answered("ida", asked=order) is Left.NEWER, "the supplier has written since"
    for each in story.mails:
        each.flags = ("\\Answered",) if each.inbound else ()
    assert story.answered("ida", asked=order) is Left.NOTHING, "and was answered"
    assert story.answered("shop", asked=story.comes("shop"), copy=copy) is Left.NOTHING


def test_one_mail_to_both_finishes(story: Story) -> None:
    story.comes("ida")
    story.goes("shop")
    assert story.answered("ida shop", asked=story.comes("shop")) is Left.NOTHING


def test_another_address_and_a_colleague_of_the_customers(story: Story) -> None:
    story.comes("ida")
    assert story.answered("bob", asked=story.comes("bob")) is Left.NOTHING
    assert story.answered("bob", asked=story.comes("bob")) is Left.NOTHING, "the first one counted"


def test_after_a_forward_too(story: Story) -> None:
    story.comes("ida")
    story.goes("shop")
    assert story.answered("bob", asked=story.comes("bob")) is Left.NOTHING


def test_whoever_we_wrote_to_of_ourselves_may_be_a_stranger(story: Story) -> None:
    """ "Write to my wife": nothing tells her from a supplier."""
    story.comes("ida")
    story.goes("wife")
    assert story.answered("wife", asked=story.comes("wife")) is Left.ANOTHER


def test_the_supplier_alone_where_the_customer_had_a_copy(story: Story) -> None:
    story.comes("ida")
    story.goes("shop")
    assert story.answered("shop", asked=story.comes("ida", "shop")) is Left.ANOTHER


def test_what_is_not_known_keeps_nothing_open(story: Story) -> None:
    order = story.comes("ida")
    story.goes("shop")
    reply = story.comes("shop")
    assert story.answered("shop", asked=reply, known=False, copy=False) is Left.NOTHING
    order.correspondents = None
    assert story.answered("shop", asked=story.comes("shop")) is Left.NOTHING


def test_an_answer_of_an_earlier_version_is_known_by_its_copy(story: Story) -> None:
    story.comes("ida")
    story.goes("shop")
    assert story.answered("shop", asked=story.comes("shop"), known=False) is Left.ANOTHER


@pytest.mark.parametrize("attribute", ["\\drafts", "\\trash"])
def test_a_draft_asks_nobody(story: Story, attribute: str) -> None:
    story.comes("ida")
    story.goes("shop").folder = Folder(3, "Drafts", "/", frozenset({attribute}))
    assert story.answered("shop", asked=story.comes("shop")) is Left.NOTHING


def test_who_answers_for_a_help_desk_is_one_of_it(story: Story) -> None:
    order, asked = story.comes("ida"), story.goes("shop")
    reply = story.comes("rei")
    names = [reply.message_id, asked.message_id, order.message_id]
    assert whom_for(people("rei"), names, story.mails) == people("rei shop")
    assert whom_for(people("shop"), names, story.mails) == people("shop")
    assert whom_for(people("rei"), names[:1], story.mails) == people("rei")


def test_what_passes_by_whom(story: Story) -> None:
    order = story.comes("ida")
    story.goes("shop")
    story.answered("shop", asked=story.comes("shop"))
    thanks = next(
        one
        for one in gone_out(story.mails, story.answers, story.came_us, story.was_there)
        if one.is_answer
    )
    assert passes_by(thanks, people("ida"), story.came_us(order))
    assert not passes_by(thanks, people("shop"), story.came_us(order))
    assert not passes_by(thanks, people("ida"), story.came_us(story.mails[-2])), "she wrote later"


# ---------------------------------------------------------------- in a mailbox


async def asked_about(world: World) -> None:
    """A customer's mail; the supplier, asked from webmail, has answered."""
    for raw, folder in (
        (mail("m@x", sender=IDA), "INBOX"),
        (to(mail("f@us", sender="support@example.test", answers="m@x"), SHOP), "Sent"),
        (mail("s@y", sender=REI, answers="f@us").replace(b"<f@us>", b"<m@x> <f@us>"), "INBOX"),
    ):
        world.clock.advance(seconds=60)
        world.upstream.deliver(raw, folder)
        await world.synced()


def to(raw: bytes, address: str) -> bytes:
    return raw.replace(b"To: c@example.com", b"To: " + address.encode())


async def thanked(world: World) -> None:
    world.clock.advance(seconds=60)
    anna = world.team.by_login("anna")
    assert anna is not None
    await world.conversations.complete(
        world.room.state.threads["m@x"].id, anna, "t@us", ["s@y"], lambda tx: None, [],
        answers=True, recipients=[REI], names=["s@y", "f@us", "m@x"],
    )  # fmt: skip


async def test_it_is_remembered_and_recorded(world: World) -> None:
    """No copy of it is in Sent; the one that counts is what the database has."""
    await asked_about(world)
    await thanked(world)
    conversation = world.room.state.threads["m@x"]
    assert conversation is world.room.state.threads["s@y"]
    assert (conversation.status, world.room.login_of(conversation.assignee)) == ("open", "anna")
    said = [one.record.detail.get("by") for one in await world.log(action="status")]
    assert said == ["forward", "answer-asked"]
    for _ in range(2):
        for_ida = world.conversations.find(["m@x"], [IDA])
        once_more = world.conversations.find(["s@y", "f@us", "m@x"], [REI])
        assert for_ida is not None and once_more is not None
        assert for_ida.answers == (), "nobody has answered the customer"
        assert [answer.message_id for answer in once_more.answers] == ["t@us"]
        await world.restart()


async def test_past_us(world: World) -> None:
    await asked_about(world)
    raw = mail("t@us", sender="support@example.test", answers="s@y")
    world.clock.advance(seconds=60)
    world.upstream.deliver(to(raw, REI).replace(b"<s@y>", b"<m@x> <f@us> <s@y>"), "Sent")
    await world.synced()
    assert world.room.state.threads["m@x"].status == "open"
    said = [one.record.detail.get("by") for one in await world.log(action="status")]
    assert said == ["forward", "outside-asked"]


def test_a_forward_is_still_none(story: Story) -> None:
    order = story.comes("ida")
    assert not is_answer([order.message_id], story.mails, people("shop"))


def test_answered_is_no_proof_of_an_answer(story: Story) -> None:
    """A client marks what its Reply was pressed on, whomever the mail goes to then."""
    first, second = story.comes("ida"), story.comes("ida")
    second.flags = ("\\Answered",)
    story.goes("shop")
    assert story.answered("ida", asked=first) is Left.NEWER
    assert story.answered("ida", asked=second) is Left.NOTHING
    assert story.answered("ida", asked=first) is Left.NOTHING


def test_what_was_answered_before_there_were_records_was_answered(story: Story) -> None:
    story.comes("ida")
    story.comes("bob")
    story.goes("bob")
    assert story.answered("bob", asked=story.comes("bob")) is Left.NOTHING
    assert story.answered("bob", asked=story.comes("bob")) is Left.NOTHING


@pytest.mark.parametrize("names", ["", "no-reply"])
def test_a_form_that_names_nobody_waits_for_nobody(story: Story, names: str) -> None:
    story.comes(*names.split())
    story.goes("ida")
    for _ in range(3):
        assert story.answered("ida", asked=story.comes("ida")) is Left.NOTHING


def test_a_form_that_names_somebody_as_well_waits_for_that_one(story: Story) -> None:
    form = story.comes("no-reply", "ida")
    story.goes("shop")
    assert story.answered("shop", asked=story.comes("shop")) is Left.ANOTHER
    assert story.answered("ida", asked=form) is Left.NEWER


def test_a_newer_form_is_not_passed_over(story: Story) -> None:
    asked = story.comes("ida")
    story.comes("no-reply")
    assert story.answered("ida", asked=asked) is Left.NEWER


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@web.example", "NoReply@web.example", "noreply+7f3@web.example",
        "do_not_reply@web.example", "shop.no-reply@web.example", "noreply-orders@web.example",
        "DoNotReply@web.example", "ne-pas-repondre@web.example", "henshin-fuka@web.example",
    ],
)  # fmt: skip
def test_an_address_that_nobody_reads_says_so(address: str) -> None:
    assert is_unread(address)
    alone, beside = Headers(from_addresses=(address,)), Headers(from_addresses=(address, IDA))
    digest = "digest of {}".format
    assert not is_read(of_mail(digest, alone, ()))
    assert is_read(of_mail(digest, beside, ()))
    assert not is_read(of_mail(digest, replace(alone, recipients=("us@x",)), ("us@x",)))
    assert each_of(of_mail(digest, alone, ())) == each_of(keyed(digest, [address], ())), "as before"


def test_a_mail_of_an_earlier_version_is_the_same_mail_still(story: Story) -> None:
    """Moved in webmail it comes in once more, and its address was not looked at for that."""
    old, new = story.comes("no-reply"), story.comes("no-reply")
    assert old.correspondents is not None
    old.correspondents = b"".join(each_of(old.correspondents))
    assert old.correspondents != new.correspondents
    assert says_the_same(new, old)


@pytest.mark.parametrize(
    "address",
    ["reply@web.example", "norep@web.example", "ida@noreply.example", "anna.replyer@web.example"],
)
def test_another_address_is_somebodys(address: str) -> None:
    assert not is_unread(address)


async def test_a_web_form_that_nobody_reads_is_finished_with_its_customer(office: Office) -> None:
    """Its text names the customer; so Anna writes there, and Ida answers."""
    await office.comes("form@web", sender="no-reply@web.example")
    talk = office.world.room.state.threads["form@web"]
    ours = await filed(office, "form@web")
    assert talk.status == "open"
    for number in (1, 2):
        await office.comes(f"ida-{number}@x", sender=IDA, answers=ours)
        assert office.world.room.state.threads[f"ida-{number}@x"] is talk
        assert talk.status == "open"
        ours = await filed(office, f"ida-{number}@x")
        assert talk.status == "done"


async def filed(office: Office, names: str) -> str:
    """Anna writes to Ida; her copy lies in Sent."""
    sent = office.world.upstream.folders["Sent"].mails
    before = len(sent)
    ours = await office.send("anna", "Re: Order", to=IDA, names=names)
    await office.submission.resume()
    await until(lambda: len(sent) > before)
    await office.world.synced()
    office.world.clock.advance(seconds=60)
    return ours
