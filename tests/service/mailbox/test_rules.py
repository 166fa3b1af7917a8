"""Rules on arrival at work in a mailbox: what they set, what they leave, what the log says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from proxyd.domain.thread import FIELDS
from proxyd.service.mailbox.model import Conversation
from proxyd.service.mailbox.ruling import load_rules, rules_in_vain
from tests.service.conftest import World, mail
from tests.service.mailbox.test_who_belongs_together import IDA

DAY_US = 86_400_000_000
IN_TURN = '[[rule]]\nname = "turn"\nto = "*"\nassign-in-turn = ["anna", "ben", "mara"]\n'


async def rules(world: World, text: str) -> None:
    await world.database.write(lambda tx: tx.rules.add(world.mailbox.id, "root@cli", text))
    await load_rules(world.room)


async def arrived(world: World, id_: str, raw: bytes | None = None, **how: str) -> Conversation:
    world.upstream.deliver(raw or mail(id_, **{"sender": f"{id_}.customer", **how}))
    await world.synced()
    return world.room.state.threads[id_]


def who(world: World, conversation: Conversation) -> str:
    return world.room.login_of(conversation.assignee)


async def detail(world: World, action: str, id_: str) -> list[Mapping[str, object]]:
    """Of what rules did, the oldest first."""
    found = [one.record for one in await world.log(action=action) if one.record.message_id == id_]
    return [dict(one.detail) for one in found if str(one.detail.get("by")).startswith("rule")]


def away(world: World, login: str) -> None:
    person = world.team.by_login(login)
    assert person is not None
    world.team.members.remove(person)
    world.team.members.append(replace(person, away_until_us=world.clock.now + DAY_US))


async def wish(world: World, conversation: Conversation, status: str, login: str = "") -> None:
    person = world.team.by_login(login)

    def stage(change: object) -> None:
        change.set_status(conversation, status)  # type: ignore[attr-defined]
        change.set_assignee(conversation, person.id if person else None)  # type: ignore[attr-defined]

    await world.change(stage)


async def test_status_and_assignee_with_the_mail_and_in_the_log(world: World) -> None:
    await rules(world, "")
    await rules(
        world,
        '[[rule]]\nname = "Invoices"\nsubject = "invoice"\n'
        'status = "checking"\nassignee = "anna"\n',
    )
    _, watcher = await world.open("anna", "Status/Mine")
    conversation = await arrived(world, "m1@x", subject="Your INVOICE")
    assert (conversation.status, who(world, conversation)) == ("checking", "anna")
    assert watcher.told == [("arrived", [1])], "once, with all that the rule has set"
    said = {"rules": ["Invoices"], "version": 2, "by": "rule"}
    assert await detail(world, "status", "m1@x") == [{**said, "from": "open", "to": "checking"}]
    assert await detail(world, "assign", "m1@x") == [{**said, "from": "", "to": "anna"}]
    other = await arrived(world, "m2@x", subject="Your order")
    assert (other.status, other.assignee) == ("open", None)
    assert not await detail(world, "status", "m2@x")


async def test_a_turn_goes_on_after_a_restart_and_passes_over_who_is_away(world: World) -> None:
    await rules(world, IN_TURN)
    assert who(world, await arrived(world, "m1@x")) == "anna"
    assert who(world, await arrived(world, "m2@x")) == "ben"
    await world.restart()
    await load_rules(world.room)
    assert who(world, await arrived(world, "m3@x")) == "mara"
    away(world, "anna")
    assert who(world, await arrived(world, "m4@x")) == "ben"
    away(world, "ben")
    away(world, "mara")
    conversation = await arrived(world, "m5@x")
    assert (conversation.status, conversation.assignee) == ("open", None)
    assert len(await detail(world, "status", "m5@x")) == 1, "that it fits is told all the same"


async def test_several_of_one_round_are_given_to_several(world: World) -> None:
    await rules(world, IN_TURN)
    for number in range(4):
        world.upstream.deliver(mail(f"m{number}@x", sender=f"{number}@customer.example"))
    await world.synced()
    found = [who(world, world.room.state.threads[f"m{number}@x"]) for number in range(4)]
    assert found == ["anna", "ben", "mara", "anna"]


async def test_a_mail_to_what_a_colleague_has_stays_with_that_colleague(world: World) -> None:
    await rules(world, IN_TURN + 'status = "checking"\n')
    conversation = await arrived(world, "m1@x", sender=IDA)
    await wish(world, conversation, "hold", "mara")
    await arrived(world, "m2@x", sender=IDA, answers="m1@x")
    assert (conversation.status, who(world, conversation)) == ("open", "mara")
    assert not await detail(world, "status", "m2@x")
    assert who(world, await arrived(world, "m3@x")) == "ben", "no turn is spent on it"


async def test_who_is_away_gives_it_up_to_who_is_there(world: World) -> None:
    conversation = await arrived(world, "m1@x", sender=IDA)
    await wish(world, conversation, "done", "ben")
    away(world, "ben")
    await rules(world, IN_TURN)
    await arrived(world, "m2@x", sender=IDA, answers="m1@x")
    assert (conversation.status, who(world, conversation)) == ("open", "anna")


@pytest.mark.parametrize(("before", "after"), [("done", "checking"), ("open", "open")])
async def test_what_waits_keeps_its_status(world: World, before: str, after: str) -> None:
    """A rule that finishes alerts must not finish a question that they came to."""
    conversation = await arrived(world, "m1@x", sender=IDA)
    await wish(world, conversation, before)
    await rules(world, f'[[rule]]\nname = "a"\nfrom = "{IDA}"\nstatus = "checking"\n')
    await arrived(world, "m2@x", sender=IDA, answers="m1@x")
    assert conversation.status == after


async def test_a_rule_may_finish_what_begins(world: World) -> None:
    await rules(world, '[[rule]]\nname = "a"\nsubject = "alert"\nstatus = "done"\n')
    conversation = await arrived(world, "m1@x", subject="Alert", sender=IDA)
    assert conversation.status == "done"
    await arrived(world, "m2@x", subject="Alert", sender=IDA, answers="m1@x")
    assert conversation.status == "done", "nothing else waits there"


def automatic(id_: str, answers: str = "") -> bytes:
    return b"Auto-Submitted: auto-replied\n" + mail(id_, sender=IDA, answers=answers)


async def test_an_automatic_mail(world: World) -> None:
    await rules(world, IN_TURN)
    conversation = await arrived(world, "m1@x", automatic("m1@x"))
    assert (conversation.status, conversation.assignee) == ("done", None)
    await rules(world, '[[rule]]\nname = "a"\nfrom = "*"\nautomatic = true\nstatus = "checking"\n')
    conversation = await arrived(world, "m2@x", automatic("m2@x"))
    assert conversation.status == "checking"
    await wish(world, conversation, "done")
    await arrived(world, "m3@x", automatic("m3@x", answers="m2@x"))
    assert conversation.status == "done", "out of office is no reason to open it"


async def test_what_was_there_before_or_is_ours_is_no_news(world: World) -> None:
    await rules(world, '[[rule]]\nname = "a"\nfrom = "*"\nstatus = "checking"\n')
    world.upstream.deliver(mail("a1@us", sender="support@example.test"), "Sent")
    world.upstream.folders["New"] = type(world.upstream.folders["INBOX"])(77)
    world.upstream.deliver(mail("m1@x", sender=IDA), "New")
    await world.sync.list_anew()
    await world.synced()
    assert world.room.state.threads["m1@x"].status == "open"
    assert world.room.state.threads["a1@us"].status == "done"


async def test_a_copy_is_no_news(world: World) -> None:
    conversation = await arrived(world, "m1@x", sender=IDA)
    await rules(world, '[[rule]]\nname = "a"\nfrom = "*"\nstatus = "checking"\n')
    world.upstream.deliver(mail("m1@x", sender=IDA), "Archive")
    await world.synced()
    assert conversation.status == "open"


async def test_on_hold_until_a_day(world: World) -> None:
    await rules(world, '[[rule]]\nname = "a"\nfrom = "*"\nhold-until = "2d"\n')
    conversation = await arrived(world, "m1@x", sender=IDA)
    assert conversation.status == "hold"
    until_us = conversation.clock.until_us
    assert until_us is not None
    assert until_us == world.room.office.opening_us(until_us) > world.clock.now


async def test_fields_that_only_rules_ask_for_are_asked_of_the_provider(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    scan = world.upstream.scan_headers

    async def watched(folder: str, validity: int, uids: object, fields: object) -> object:
        asked.append(tuple(fields))  # type: ignore[arg-type]
        return await scan(folder, validity, uids, fields)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "scan_headers", watched)
    await rules(
        world, '[[rule]]\nname = "a"\nheader = { "X-Priority" = "1*" }\nstatus = "checking"\n'
    )
    urgent = b"X-Priority: 1 (Highest)\n" + mail("m1@x", sender=IDA)
    assert (await arrived(world, "m1@x", urgent)).status == "checking"
    assert (await arrived(world, "m2@x")).status == "open"
    assert asked == [(*FIELDS, "X-PRIORITY")] * 2
    await rules(world, "")
    await arrived(world, "m3@x")
    assert asked[-1] == FIELDS


async def test_what_can_not_be_done_is_told(world: World) -> None:
    await rules(world, IN_TURN + 'status = "later"\n')
    ben = world.team.by_login("ben")
    assert ben is not None
    world.team.members.remove(ben)
    assert rules_in_vain(world.room) == [
        "rule \"turn\": there is no status 'later'; write one of open, checking, hold, done",
        "rule \"turn\": it gives mail to nobody: there is no person 'ben'; see: proxyd user list",
    ]
    conversation = await arrived(world, "m1@x")
    assert (conversation.status, who(world, conversation)) == ("open", "anna")
    assert who(world, await arrived(world, "m2@x")) == "mara"


async def test_rules_of_another_version_of_the_program(world: World) -> None:
    """Nothing is done by half of a rule, and the mail comes in."""
    await rules(world, '[[rule]]\nname = "a"\nfrom = "*"\nstatus = "done"\ncolour = "red"\n')
    (told,) = rules_in_vain(world.room)
    assert "version 1 can't be read" in told and told.endswith("; no rule is applied")
    assert (await arrived(world, "m1@x")).status == "open"


async def test_who_is_removed_in_that_moment(world: World) -> None:
    """By the command line, of which this process has not heard yet."""
    await rules(world, IN_TURN)
    anna = world.team.by_login("anna")
    assert anna is not None
    await world.database.write(lambda tx: tx.accounts.remove(anna.id))
    world.upstream.deliver(mail("m1@x", sender=IDA))
    await world.synced()
    assert "m1@x" in world.room.state.threads
