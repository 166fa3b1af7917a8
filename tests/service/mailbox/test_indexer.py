"""Which conversation a mail joins, whether it is news, and what that does to the status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.types import Right
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox import model, state
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder, Mail


def status(world: World, message_id: str) -> str:
    return world.room.state.threads[message_id].status


async def at_first(world: World, name: str, *mails: tuple[bytes, str, tuple[str, ...]]) -> None:
    """A folder that has these mails when we see it first: (raw, date, flags)."""
    box = world.upstream.folders.setdefault(name, FakeFolder(60))
    for raw, date, flags in mails:
        uid = world.upstream.deliver(raw, name, flags)
        box.mails[uid] = Mail(box.mails[uid].raw, set(flags), date)
    await world.sync.list_anew()
    await world.synced()


MONDAY, TUESDAY, FRIDAY = (f"{day}-Jul-2026 09:00:00 +0900" for day in (13, 14, 17))


async def test_what_was_there_before_us_is_open_unless_it_was_answered(world: World) -> None:
    await at_first(
        world,
        "Work",
        (mail("open@x"), MONDAY, ()),
        (mail("marked@x"), MONDAY, ("\\Answered",)),
        (mail("q@x"), MONDAY, ("\\Answered",)),
        (mail("q2@x", answers="q@x"), FRIDAY, ()),
    )
    found = {id_: status(world, id_) for id_ in ("open@x", "marked@x", "q@x")}
    assert found == {"open@x": "open", "marked@x": "done", "q@x": "open"}


@pytest.mark.parametrize("decided", ["hold", "done", "checking"])
async def test_an_old_folder_found_later_does_not_undo_what_people_decided(
    world: World, decided: str
) -> None:
    world.upstream.deliver(mail("new@x", answers="old@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, [f"$status-{decided}"])
    await at_first(world, "Old", (mail("old@x"), MONDAY, ()))
    assert status(world, "old@x") == decided


async def test_a_mail_somebody_moved_to_a_new_folder_in_webmail_keeps_its_status(
    world: World,
) -> None:
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done"])
    raw = world.upstream.folders["INBOX"].mails.pop(1).raw
    await at_first(world, "Elsewhere", (raw, FRIDAY, ()))
    assert status(world, "m@x") == "done"


async def test_mails_without_an_id_are_told_apart_by_their_date(world: World) -> None:
    """A machine that writes the same every night: each of its mails is news."""
    report = mail("x").replace(b"Message-ID: <x>\n", b"")
    monday = report.replace(b"\n\n", b"\nDate: Mon, 13 Jul 2026 03:00:00 +0900\n\n", 1)
    tuesday = report.replace(b"\n\n", b"\nDate: Tue, 14 Jul 2026 03:00:00 +0900\n\n", 1)
    world.upstream.deliver(monday)
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done"])
    world.upstream.deliver(tuesday)
    await world.synced()
    assert "$status-done" in view.facts(1).flags  # type: ignore[union-attr]
    assert "$status-open" in view.facts(2).flags  # type: ignore[union-attr]
    await view.move([1], "Archive")
    archive, _ = await world.open("anna", "Archive")
    assert "$status-done" in archive.facts(1).flags  # type: ignore[union-attr]


async def test_two_copies_of_one_mail_are_one_piece_of_work(world: World) -> None:
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done"])
    await view.copy([1], "Archive")
    assert status(world, "m@x") == "done"
    done, _ = await world.open("anna", "Status/Done")
    assert len(done.uids()) == 2
    await done.store([1], FlagMode.ADD, ["$status-hold"])
    assert list(done.uids()) == []


@pytest.mark.parametrize("why", ["disabled", "revoked", "removed", "away"])
async def test_a_conversation_opened_again_does_not_go_to_somebody_absent(
    world: World, why: str
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$assignee-anna", "$status-done"])
    anna = world.team.members.pop(0)
    if why == "disabled":
        world.team.members.append(replace(anna, disabled=True))
    elif why == "revoked":
        world.team.members.append(replace(anna, grants={world.mailbox.id: Right.READ}))
    elif why == "away":
        away = replace(anna, away_until_us=world.clock() + 1)
        world.team.members.append(away)
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    await world.synced()
    ben, _ = await world.open("ben")
    ours = {flag for flag in ben.facts(1).flags if flag.startswith("$")}  # type: ignore[union-attr]
    assert ours == {"$status-open"}
    (released,) = await world.log(action="release")
    assert (released.record.actor, released.record.detail["by"]) == ("", "arrival")


async def test_a_conversation_opened_again_goes_to_who_is_back(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$assignee-anna", "$status-done"])
    anna = world.team.members.pop(0)
    world.team.members.append(replace(anna, away_until_us=world.clock()))
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    await world.synced()
    ben, _ = await world.open("ben")
    ours = {flag for flag in ben.facts(1).flags if flag.startswith("$")}  # type: ignore[union-attr]
    assert ours == {"$status-open", "$assignee-anna"}


async def test_a_contact_form_in_our_own_name_is_work(world: World) -> None:
    form = mail("form@x", sender="Support@Example.test", answers="page-7@web")
    form = form.replace(b"To: c@example.com", b"To: support@example.test\nReply-To: c@example.com")
    world.upstream.deliver(form)
    await world.synced()
    view, _ = await world.open("anna", "Status/Open")
    assert len(view.uids()) == 1


@pytest.mark.parametrize(
    "line",
    [
        'In-Reply-To: Message from Support <support@example.test> of "Mon, 1 Nov 2026"',
        "In-Reply-To: <null@null>",
        "References: <undefined@undefined>",
        "In-Reply-To: Your mail of Monday",
    ],
)
async def test_what_is_no_id_puts_no_strangers_together(world: World, line: str) -> None:
    for one in ("ida", "uwe"):
        world.upstream.deliver(marked(line, mail(f"{one}@x", sender=f"{one}@buyer.example")))
    await world.synced()
    threads = world.room.state.threads
    assert threads["ida@x"] is not threads["uwe@x"]


async def test_what_we_write_is_no_work(world: World) -> None:
    own = mail("own@x", answers="a@x", sender="Support@Example.test")
    world.upstream.deliver(own)
    world.upstream.deliver(mail("filed@x", sender="Support@Example.test"), "Archive")
    world.upstream.deliver(mail("draft@x", sender="other@example.com"), "Drafts")
    await world.synced()
    for name in ("Status/Open", "Status/Done", "Status/Unassigned"):
        view, _ = await world.open("anna", name)
        assert list(view.uids()) == []
    assert status(world, "draft@x") == "done"


def marked(line: str, raw: bytes) -> bytes:
    return raw.replace(b"\n\n", b"\n" + line.encode() + b"\n\n", 1)


async def test_nobody_waits_for_an_answer_to_automatic_mail(world: World) -> None:
    for number, line in enumerate(
        (
            "List-Post: <mailto:news@x.example>",
            "List-Id: <news.x>",
            "Auto-Submitted: auto-replied",
            "Precedence: auto_reply",
        )
    ):
        world.upstream.deliver(marked(line, mail(f"auto{number}@x")))
    world.upstream.deliver(marked("Auto-Submitted: auto-generated", mail("form@x")))
    news = marked("List-Id: <news.x>", mail("listed@x"))
    world.upstream.deliver(marked("Auto-Submitted: auto-generated", news))
    await world.synced()
    assert [status(world, f"auto{number}@x") for number in range(4)] == ["done"] * 4
    assert status(world, "form@x") == "open", "a contact form marks a question like that"
    assert status(world, "listed@x") == "done"
    view, _ = await world.open("anna", "Status/Unassigned")
    assert len(view.uids()) == 1


async def test_an_automatic_answer_opens_nothing(world: World) -> None:
    world.upstream.deliver(mail("n@x"))
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([2], FlagMode.ADD, ["$status-done"])
    world.upstream.deliver(marked("Auto-Submitted: auto-replied", mail("a@x", answers="m@x")))
    await world.synced()
    assert (status(world, "n@x"), status(world, "a@x")) == ("open", "done")


async def test_junk_found_to_be_mail_is_work(world: World) -> None:
    world.upstream.deliver(mail("j@x"), "Junk")
    await world.synced()
    junk, _ = await world.open("anna", "Junk")
    assert status(world, "j@x") == "done"
    await junk.move([1], "INBOX")
    assert status(world, "j@x") == "open"


async def test_many_conversations_joined_by_one_mail(world: World) -> None:
    for number in range(5):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    references = b" ".join(b"<m%d@x>" % number for number in range(5))
    both = mail("all@x").replace(b"Message-ID", b"References: " + references + b"\nMessage-ID")
    world.upstream.deliver(both)
    await world.synced()
    (conversation,) = world.room.state.conversations.values()
    assert len(conversation.messages) == 6
    assert set(world.room.state.threads.values()) == {conversation}
    await world.restart()
    assert len(world.room.state.conversations) == 1


async def test_an_arrival_is_recorded_with_the_number_of_its_new_conversation(
    world: World,
) -> None:
    world.upstream.deliver(mail("m1@x", subject="Order"))
    await world.synced()
    (entry,) = [r.record for r in await world.log(action="arrive")]
    assert entry.conversation == world.room.state.threads["m1@x"].id
    assert (entry.message_id, entry.view, entry.subject_digest) == ("m1@x", "INBOX", "d:Order")


@pytest.mark.parametrize("restarted_between", [False, True])
async def test_a_mail_moved_in_webmail_stays_read_for_those_who_read_it(
    world: World, restarted_between: bool
) -> None:
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    raw = world.upstream.folders["INBOX"].mails[1].raw
    if restarted_between:  # both are seen for a while
        world.upstream.deliver(raw, "Archive")
        await world.restart()
        del world.upstream.folders["INBOX"].mails[1]
    else:
        del world.upstream.folders["INBOX"].mails[1]
        world.upstream.deliver(raw, "Archive")
    await world.synced()
    anna, _ = await world.open("anna", "Archive")
    ben, _ = await world.open("ben", "Archive")
    assert "\\Seen" in anna.facts(1).flags  # type: ignore[union-attr]
    assert "\\Seen" not in ben.facts(1).flags  # type: ignore[union-attr]


async def test_a_folder_renamed_in_webmail_keeps_own_marks(world: World) -> None:
    await at_first(world, "One", (mail("m@x"), MONDAY, ()))
    view, _ = await world.open("anna", "One")
    await view.store([1], FlagMode.ADD, ["\\Seen", "$status-hold"])
    world.upstream.folders["Two"] = world.upstream.folders.pop("One")
    await world.sync.list_anew()
    await world.synced()
    again, _ = await world.open("anna", "Two")
    assert set(again.facts(1).flags) == {"\\Seen", "$status-hold"}  # type: ignore[union-attr]
    assert again.uidvalidity > view.uidvalidity


def test_marks_of_what_went_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "GONE_REMEMBERED", 2)
    mailbox = state.MailboxState()
    folder = model.Folder(1, "INBOX", "/", frozenset())
    for number in range(4):
        message = model.Message(
            folder=folder, uid=number, conversation=model.Conversation(1, "open", None),
            message_id=f"m{number}@x", size=1, internal_date=MONDAY, flags=(), inbound=True,
            automatic=False, subject_digest="", id_=number,
        )  # fmt: skip
        message.seen_by = {1: number} if number else None
        mailbox.remember_gone(message)
    assert [id_ for id_, _ in mailbox.gone] == ["m2@x", "m3@x"]


async def test_a_mail_without_an_id_is_found_by_its_stand_in(world: World) -> None:
    """The log shows it when the mail comes in, and it leads to the conversation."""
    world.upstream.deliver(b"From: ida@x.test\r\nSubject: pens\r\n\r\nhello\r\n")
    await world.synced()
    (entry,) = [r.record for r in await world.log(action="arrive")]
    assert entry.message_id.startswith("no-id-") and entry.conversation is not None
    assert world.room.state.threads[entry.message_id].id == entry.conversation
