"""Somebody leaves: shut out, and their work in others' hands (docs/decisions/056-who-leaves.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from proxyd.domain.app_passwords import Scope
from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.held import HeldMail
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.passkeys import NewCredential
from proxyd.domain.ports.second_factors import TotpRow
from proxyd.domain.types import Account, Origin, Right
from proxyd.domain.workflow import REPLYING
from proxyd.service.actor import Actor
from proxyd.service.admin import leaving as module
from proxyd.service.admin.leaving import HasLeft, Heirs, LeaveTaking
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.coming_back import _told
from proxyd.service.mailbox.handing_over import hand_over
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.passwords import PasswordHasher
from tests.service.conftest import World, appended, mail
from tests.store.test_held import SENDING

ROOT = Actor("Root@cli", Origin("cli"))
DONE = "done"


@pytest.fixture
def leaving(world: World, hasher: PasswordHasher) -> Iterator[LeaveTaking]:
    checks = PasswordChecks(hasher)
    yield LeaveTaking(world.database, checks, DONE, world.clock)
    checks.close()


async def bens(world: World, count: int = 3) -> list[int]:
    """So many conversations of Ben's, by number."""
    for number in range(1, count + 1):
        world.upstream.deliver(mail(f"m{number}@x", sender=f"c{number}@example.com"))
    await world.synced()
    view, _ = await world.open("ben")
    await view.store(list(view.uids()), FlagMode.ADD, ["$assignee-ben"])
    return [world.room.state.threads[f"m{number}@x"].id for number in range(1, count + 1)]


async def served(world: World) -> None:
    """What a running proxy does when it is called."""
    world.team.members = await world.database.read(lambda tx: tx.accounts.all())
    await hand_over(world.room)


async def goes(world: World, leaving: LeaveTaking, heirs: Heirs, login: str = "ben") -> HasLeft:
    done = await leaving.leave(login, heirs, by=ROOT)
    await served(world)
    return done


def assignees(world: World, numbers: list[int]) -> list[str]:
    return [world.room.login_of(world.room.state.conversations[n].assignee) for n in numbers]


async def account_of(world: World, login: str) -> tuple[Account, str]:
    found = await world.database.read(lambda tx: tx.accounts.find(login))
    assert found is not None
    return found


async def test_open_work_goes_to_a_colleague_who_sees_it_at_once(
    world: World, leaving: LeaveTaking
) -> None:
    numbers = await bens(world)
    view, told = await world.open("anna")
    told.told.clear()
    done = await goes(world, leaving, Heirs("anna"))
    assert [(row.number, heir) for row, heir in done.handed] == [(n, "anna") for n in numbers]
    assert assignees(world, numbers) == ["anna"] * 3
    assert told.told == [("changed", [1, 2, 3])]
    assert "$assignee-anna" in view.facts(1).flags  # type: ignore[union-attr]
    records = [each.record for each in await world.log(action="assign")]
    assert [(r.actor, r.conversation, dict(r.detail)) for r in records[-3:]] == [
        ("root@cli", n, {"from": "ben", "to": "anna", "by": "handed-over"}) for n in numbers
    ]
    assert not await world.database.read(lambda tx: tx.leavers.unfinished(done.had.account.id))


async def test_the_account_is_shut_and_its_password_nobodys(
    world: World, leaving: LeaveTaking
) -> None:
    before, password = await account_of(world, "ben")
    done = await goes(world, leaving, Heirs())
    after, other = await account_of(world, "ben")
    assert (after.disabled, after.left_us, after.grants) == (True, world.clock(), before.grants)
    assert other != password
    (record,) = [each.record for each in await world.log(action="admin")]
    assert record.actor == "root@cli"
    assert record.detail == {
        "did": "user leave",
        "login": "ben",
        "handed_over": {},
        "waiting": 0,
        "revoked": dict.fromkeys(module.REVOKED, 0),
    }
    assert (done.again, done.handed) == (False, [])


async def test_single_ones_go_elsewhere_and_done_ones_stay(
    world: World, leaving: LeaveTaking
) -> None:
    numbers = await bens(world, 4)
    view, _ = await world.open("ben")
    await view.store([4], FlagMode.ADD, ["$status-done"])
    heirs = Heirs("anna", {numbers[0]: "mara", numbers[1]: ""})
    await goes(world, leaving, heirs)
    assert assignees(world, numbers) == ["mara", "", "anna", "ben"]
    (released,) = [each.record for each in await world.log(action="release")]
    assert released.detail == {"from": "ben", "to": "", "by": "handed-over"}
    # Done by Ben; where the customer writes again it is nobody's.
    world.upstream.deliver(mail("m5@x", sender="c4@example.com", answers="m4@x"))
    await world.synced()
    assert assignees(world, numbers) == ["mara", "", "anna", ""]


async def test_who_has_taken_it_meanwhile_keeps_it(world: World, leaving: LeaveTaking) -> None:
    numbers = await bens(world)
    await leaving.leave("ben", Heirs("anna"), by=ROOT)
    view, _ = await world.open("mara")
    await view.store([1], FlagMode.ADD, ["$assignee-mara"])
    await served(world)
    assert assignees(world, numbers) == ["mara", "anna", "anna"]


async def test_what_they_take_in_the_last_moment_goes_too(
    world: World, leaving: LeaveTaking
) -> None:
    await leaving.leave("ben", Heirs("anna"), by=ROOT)
    numbers = await bens(world, 1)
    await served(world)
    assert assignees(world, numbers) == ["anna"]


async def test_the_next_start_hands_over_what_nobody_has(
    world: World, leaving: LeaveTaking
) -> None:
    """Killed between the command and its effect; the colleague may not answer any more."""
    numbers = await bens(world)
    await leaving.leave("ben", Heirs("anna", {numbers[1]: "mara"}), by=ROOT)
    await world.grant("anna", world.mailbox, Right.READ)
    await world.restart()
    await served(world)
    assert assignees(world, numbers) == ["", "mara", ""]


async def test_signs_of_their_drafts_end_and_the_drafts_stay(
    world: World, leaving: LeaveTaking
) -> None:
    (number,) = await bens(world, 1)
    ben = await world.enter("ben")
    await appended(
        ben, "Drafts", mail("d@us", sender="support@example.test", answers="m1@x"), "\\Draft"
    )
    view, _ = await world.open("anna")
    assert REPLYING in view.facts(1).flags  # type: ignore[union-attr]
    done = await goes(world, leaving, Heirs("anna"))
    assert done.had.replying == {"support": 1}
    assert REPLYING not in view.facts(1).flags  # type: ignore[union-attr]
    assert world.room.state.by_message_id["d@us"]
    assert assignees(world, [number]) == ["anna"]


@pytest.mark.parametrize(
    ("heirs", "told"),
    [
        (Heirs("rita"), "rita"),  # who only reads
        (Heirs("ben"), "the one who leaves"),
        (Heirs("anna", {99: "mara"}), "99 is no open conversation of ben"),
        (Heirs("anna", {1: "rita"}), "may not answer in support"),
    ],
    ids=["reader", "themselves", "not theirs", "reader of one"],
)
async def test_to_whom_it_can_not_go_is_told_before_anything_is_done(
    world: World, leaving: LeaveTaking, heirs: Heirs, told: str
) -> None:
    assert await bens(world) == [1, 2, 3]
    with pytest.raises(BadInput) as refused:
        await leaving.belongings("ben", heirs, by=ROOT)
    assert told in str(refused.value)
    with pytest.raises(BadInput):
        await leaving.leave("ben", heirs, by=ROOT)
    assert not (await account_of(world, "ben"))[0].disabled
    assert not await world.log(action="admin")


async def test_colleagues_who_are_disabled_unknown_or_away(
    world: World, leaving: LeaveTaking
) -> None:
    numbers = await bens(world)
    anna, mara = (await account_of(world, "anna"))[0], (await account_of(world, "mara"))[0]
    await world.database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    with pytest.raises(BadInput, match="is disabled"):
        await leaving.leave("ben", Heirs("anna"), by=ROOT)
    with pytest.raises(NotFound):
        await leaving.leave("ben", Heirs("nobody"), by=ROOT)
    until_us = world.clock() + 1_000_000
    await world.database.write(lambda tx: tx.accounts.set_away(mara.id, until_us))
    done = await goes(world, leaving, Heirs("mara"))
    assert list(done.away) == ["mara"]
    assert assignees(world, numbers) == ["mara"] * 3


async def test_twice_in_a_row(world: World, leaving: LeaveTaking) -> None:
    await bens(world)
    await goes(world, leaving, Heirs())
    left_us = world.clock()
    world.clock.advance(seconds=60)
    records = len(await world.log())
    again = await goes(world, leaving, Heirs("anna"))
    assert (again.again, again.handed) == (True, ())
    assert (await account_of(world, "ben"))[0].left_us == left_us
    assert len(await world.log()) == records
    # Done ones bear their name still; one that a colleague opens again is found.
    view, _ = await world.open("mara")
    await view.store([1], FlagMode.ADD, ["$assignee-mara"])
    assert (await leaving.belongings("ben", Heirs(), by=ROOT)).conversations == []


async def test_back_again_with_the_grants_and_another_password(
    world: World, leaving: LeaveTaking, monkeypatch: pytest.MonkeyPatch, hasher: PasswordHasher
) -> None:
    numbers = await bens(world)
    taken = {"application passwords": lambda _tx, account: len(account.login)}
    monkeypatch.setattr(module, "REVOKED", taken)
    await goes(world, leaving, Heirs("anna", {numbers[0]: ""}))
    with pytest.raises(BadInput, match="works here"):
        await leaving.take_back("anna", by=ROOT)
    back = await leaving.take_back("ben", by=ROOT)
    account, password_hash = await account_of(world, "ben")
    assert (account.disabled, account.left_us) == (False, None)
    assert account.grants == {world.mailbox.id: Right.RESPOND}
    assert back.new.generated and hasher.verify(back.new.generated, password_hash)
    assert back.handed == {"anna": 2, "": 1}
    assert back.revoked == {"application passwords": 3}
    await served(world)
    assert assignees(world, numbers) == ["", "anna", "anna"]


async def test_removed_afterwards(world: World, leaving: LeaveTaking) -> None:
    numbers = await bens(world)
    done = await goes(world, leaving, Heirs("anna"))
    await world.database.write(lambda tx: tx.accounts.remove(done.had.account.id))
    await served(world)
    assert assignees(world, numbers) == ["anna"] * 3
    with pytest.raises(NotFound):
        await leaving.leave("ben", Heirs(), by=ROOT)


async def test_what_else_is_theirs_is_shown(world: World, leaving: LeaveTaking) -> None:
    rules = '[[rule]]\nname = "orders"\nfrom = "*@example.com"\nassign-in-turn = ["anna", "ben"]\n'
    await world.database.write(lambda tx: tx.rules.add(world.mailbox.id, "root@cli", rules))
    ben = await world.enter("ben")
    had = await leaving.belongings(" Ben ", Heirs(), by=ROOT)
    (asked,) = await world.log(action="audit")
    assert asked.record.detail == {"did": "belongings", "login": "ben"}
    assert had.rules == {"support": ["orders"]}
    assert had.account.login == "ben" and had.waiting == []
    await ben.close()


async def test_what_comes_back_is_told_to_who_has_the_conversation_now(
    world: World, leaving: LeaveTaking
) -> None:
    """Ben does not hear it any more."""
    (number,) = await bens(world, 1)
    waits = replace(SENDING, login="ben", conversation_id=number)
    mail = HeldMail(1, 5, None, approved_by="mara")
    assert _told(world.room, mail, waits) == ("ben", "mara")
    await goes(world, leaving, Heirs("anna"))
    assert _told(world.room, mail, waits) == ("ben", "mara", "anna")


async def test_each_way_in_is_taken_away_in_the_same_transaction(
    world: World, leaving: LeaveTaking
) -> None:
    await bens(world, 1)

    def add(tx: Transaction) -> None:
        found = tx.accounts.find("ben")
        assert found is not None
        for name in ("PC", "phone"):
            tx.app_passwords.add(found[0].id, name, [Scope.IMAP], name.encode())
        tx.second_factors.set_app(found[0].id, TotpRow(b"sealed", 1, 0, 0, 0))
        tx.identities.bind(found[0].id, "https://id.example.test", "b-1")
        tx.passkeys.add(found[0].id, "Laptop", NewCredential(b"id", b"key", 0))
        tx.passkeys.set_handle(found[0].id, b"handle")
        tx.api_tokens.add(found[0].id, "robot", (), b"digest", 1)

    await world.database.write(add)
    done = await goes(world, leaving, Heirs("anna"))
    assert done.revoked == {
        "application passwords": 2,
        "second factors": 1,
        "single sign-on": 1,
        "passkeys": 1,
        "web sessions": 0,
        "API tokens": 1,
    }
    assert set(done.revoked) == set(module.REVOKED), "each row is played here"

    def left(tx: Transaction) -> tuple[int, bool]:
        found = tx.accounts.find("ben")
        assert found is not None
        return len(tx.app_passwords.of(found[0].id)), tx.second_factors.of(found[0].id).there

    assert await world.database.read(left) == (0, False)


async def test_nobody_shuts_themselves_out(world: World, leaving: LeaveTaking) -> None:
    with pytest.raises(BadInput) as error:
        await leaving.leave("ben", Heirs(), by=Actor("ben", Origin("web")))
    assert error.value.problem == "it is you"
    assert not (await account_of(world, "ben"))[0].disabled


async def test_who_could_take_over_is_told_of_each_mailbox(
    world: World, leaving: LeaveTaking
) -> None:
    had = await leaving.belongings("ben", Heirs(), by=ROOT)
    (box,) = await world.database.read(lambda tx: tx.mailboxes.all())
    people = await world.database.read(lambda tx: tx.accounts.all())
    able = [one.login for one in people if one.can_answer(box.id, 0) and one.login != "ben"]
    assert [one.login for one in had.colleagues["support"]] == able and "anna" in able


async def test_whether_it_is_carried_out_can_be_asked(world: World, leaving: LeaveTaking) -> None:
    await bens(world)
    done = await leaving.leave("ben", Heirs("anna"), by=ROOT)
    assert not await leaving.is_carried_out(done.had.account)
    await served(world)
    assert await leaving.is_carried_out(done.had.account)
