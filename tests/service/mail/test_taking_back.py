"""Who may take back, delete, and approve what waits; a table, and whoever is too late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from proxyd.domain.errors import CannotDo, NoSuchView
from proxyd.domain.outbox import SendState
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Right
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.mail.taking_back import marked_by
from proxyd.service.mailbox.held_mails import stage_gone
from tests.service.conftest import World, appended
from tests.service.mailbox.test_held_mails import asked, held

LEAVING, TO_APPROVE, APPROVE = "Status/Leaving", "Status/To approve", "Status/Approve"


async def _drag(view: OpenView, to: str) -> None:
    await view.move(view.uids(), to)


async def _copied(view: OpenView, to: str) -> None:
    await view.copy(view.uids(), to)


async def _deleted(view: OpenView, to: str) -> None:
    await view.store(view.uids(), FlagMode.ADD, ["\\Deleted"])
    await view.expunge(None)


Act = Callable[[OpenView, str], Awaitable[None]]
ACTS: dict[str, tuple[Act, str]] = {
    "drag to Drafts": (_drag, "Drafts"),
    "copy to Drafts": (_copied, "Drafts"),
    "drag to Trash": (_drag, "Trash"),
    "delete": (_deleted, "Drafts"),
    "approve": (_drag, APPROVE),
    "approve by a copy": (_copied, APPROVE),
}
BACK, YES = ("drag to Drafts", "copy to Drafts", "drag to Trash", "delete"), "yes"
# Anna has written what is in Leaving, Taro what waits for approval. What each hears.
WHO = {
    LEAVING: {
        "anna": dict.fromkeys(BACK, YES) | {"approve": "approve-need"},
        "ben": dict.fromkeys(BACK, "waits-not-yours") | {"approve": "approve-need"},
        "taro": dict.fromkeys(BACK, "waits-not-yours") | {"approve": "approve-need"},
        "mara": dict.fromkeys(BACK, YES) | {"approve": "approve-none"},
        "rita": dict.fromkeys(BACK, "no folder"),
    },
    TO_APPROVE: {
        "taro": dict.fromkeys(BACK, YES)
        | dict.fromkeys(("approve", "approve by a copy"), "approve-need"),
        "anna": dict.fromkeys(BACK, "approval-not-yours")
        | dict.fromkeys(("approve", "approve by a copy"), "approve-need"),
        "mara": dict.fromkeys((*BACK, "approve", "approve by a copy"), YES),
        "rita": dict.fromkeys((*BACK, "approve"), "no folder"),
    },
}
CASES = [
    (view, login, act, said)
    for view, people in WHO.items()
    for login, acts in people.items()
    for act, said in acts.items()
]


@pytest.mark.parametrize(("view", "login", "act", "said"), CASES)
async def test_who_may(world: World, view: str, login: str, act: str, said: str) -> None:
    for name in ("Drafts", "Trash"):
        if name not in world.upstream.folders:
            await world.room.upstream.create(name, f"\\{name}")
    await world.sync.list_anew()
    await world.hire("taro", "Taro Ito", Right.RESPOND_WITH_APPROVAL)
    await asked(world)
    writer = "anna" if view == LEAVING else "taro"
    number = await held(world, "a@x", "q@x", login=writer, asks=view == TO_APPROVE)
    do, to = ACTS[act]
    heard = YES
    try:
        opened, _ = await world.open(login, view)
        await do(opened, to)
    except CannotDo as refused:
        heard = refused.reason
    except NoSuchView:
        heard = "no folder"
    assert heard == said
    waits = await world.database.read(lambda tx: tx.held.find(number))
    if said != YES:
        assert waits is not None and not waits[0].stays
        assert (waits[0].leaves_us is None) is (view == TO_APPROVE)
    elif to == APPROVE:
        assert waits is not None and waits[0].approved_by == login
        assert waits[0].leaves_us == world.clock()
    else:
        assert waits is None
        there, _ = await world.open("mara", to)
        assert len(there.uids()) == 1
        mentions, _ = await world.open(writer, "Status/Mentions")
        assert len(mentions.uids()) == (login != writer)


async def test_who_has_marked_it(world: World) -> None:
    """By EXPUNGE it would be taken back; by whom it can't be, it is not marked."""
    first, second = await held(world, "a@x"), await held(world, "b@x")
    anna, _ = await world.open("anna", LEAVING)
    mara, _ = await world.open("mara", LEAVING)
    assert marked_by(world.room, first) is None
    await mara.store(mara.uids()[1:], FlagMode.ADD, ["\\Deleted"])
    await anna.store(anna.uids()[:1], FlagMode.ADD, ["\\Deleted"])
    found = [marked_by(world.room, number) for number in (first, second)]
    assert [each and each.login for each in found] == ["anna", "mara"]
    await anna.store(anna.uids()[:1], FlagMode.REMOVE, ["\\Deleted"])
    assert marked_by(world.room, first) is None
    await world.grant("mara", world.mailbox, Right.RESPOND)  # less than she had
    assert marked_by(world.room, second) is None


@pytest.mark.parametrize(
    ("to", "login"), [("Drafts", "anna"), ("Trash", "anna"), ("Drafts", "mara")]
)
async def test_dragged_by_append_it_is_taken_back(world: World, to: str, login: str) -> None:
    """As mbsync and offlineimap do; what follows is \\Deleted and EXPUNGE in the folder."""
    number = await held(world, "a@x")
    raw = await _octets(world, number)
    who = await world.enter(login)
    _, uid = await appended(who, to, b"X-TUID: 123456789012\n" + raw)
    there, _ = await world.open(login, to)
    assert list(there.uids()) == [uid]
    assert await world.database.read(lambda tx: tx.held.find(number)) is None
    assert not await world.database.write(lambda tx: tx.outbox.leave(number))


async def test_an_append_of_what_another_has_written_is_a_mail(world: World) -> None:
    """So is a draft of one's own that says the same."""
    number = await held(world, "a@x")
    raw = await _octets(world, number)
    await appended(await world.enter("ben"), "Drafts", raw)
    own = b"".join(line for line in raw.splitlines(True) if b"X-Proxyd" not in line)
    await appended(await world.enter("anna"), "Drafts", own)
    await appended(await world.enter("anna"), "INBOX", raw)
    there, _ = await world.open("anna", "Drafts")
    assert len(there.uids()) == 2
    assert await world.database.write(lambda tx: tx.outbox.leave(number))
    await appended(await world.enter("anna"), "Drafts", raw)  # too late
    assert len(there.uids()) == 3


async def _octets(world: World, number: int) -> bytes:
    found = await world.database.read(lambda tx: tx.held.find(number))
    assert found is not None and found[1].message is not None
    return found[1].message


async def test_who_is_too_late(world: World) -> None:
    number = await held(world, "a@x")
    opened, _ = await world.open("anna", LEAVING)
    assert await world.database.write(lambda tx: tx.outbox.leave(number))
    with pytest.raises(CannotDo, match="has-left"):
        await opened.move(opened.uids(), "Drafts")
    with pytest.raises(CannotDo, match="has-left"):
        await _deleted(opened, "Drafts")
    facts = opened.facts(opened.uids()[0])
    assert facts is not None and "\\Deleted" not in facts.flags


async def test_all_of_them_or_none(world: World) -> None:
    first, second = await held(world, "a@x"), await held(world, "b@x")
    opened, _ = await world.open("anna", LEAVING)
    assert await world.database.write(lambda tx: tx.outbox.leave(second))
    with pytest.raises(CannotDo, match="has-left"):
        await opened.move(opened.uids(), "Drafts")
    waits = await world.database.read(lambda tx: tx.held.find(first))
    assert waits is not None and not waits[0].stays
    assert await world.database.write(lambda tx: tx.outbox.leave(first))


async def _left(world: World, number: int, state: SendState = SendState.RELAYED) -> None:
    """It is out of its folder, whatever became of it."""

    def work(tx: Transaction) -> None:
        if state is SendState.WITHDRAWN:
            tx.outbox.withdraw(number)
        else:
            assert tx.outbox.leave(number)
        if state is SendState.RELAYED:
            tx.outbox.relayed(number)
        elif state is SendState.UNCERTAIN:
            tx.outbox.uncertain(number)
        tx.held.gone(number)

    await world.database.write(work)
    await world.room.change(lambda change: stage_gone(change, world.room, number))


FATES = {
    SendState.RELAYED: "has-left",
    SendState.UNCERTAIN: "has-left-perhaps",
    SendState.WITHDRAWN: "is-back",
}


@pytest.mark.parametrize(("fate", "reason"), FATES.items())
@pytest.mark.parametrize("act", ["move", "copy", "store", "expunge"])
async def test_what_is_gone_is_not_passed_over(
    world: World, act: str, fate: SendState, reason: str
) -> None:
    """OK would say that it was stopped."""
    number = await held(world, "a@x")
    opened, _ = await world.open("anna", LEAVING)
    uids = list(opened.uids())
    await _left(world, number, fate)
    acts = {
        "move": opened.move(uids, "Drafts"),
        "copy": opened.copy(uids, "Drafts"),
        "store": opened.store(uids, FlagMode.ADD, ["\\Deleted"]),
        "expunge": opened.expunge(uids),
    }
    asked_for = acts.pop(act)
    for other in acts.values():
        other.close()
    if fate is SendState.WITHDRAWN and act in ("store", "expunge"):
        await asked_for  # it is out of here, as it was wanted
        return
    with pytest.raises(CannotDo, match=f"^.'{reason}'"):
        await asked_for


async def test_it_left_after_it_was_marked(world: World) -> None:
    number, other = await held(world, "a@x"), await held(world, "b@x")
    opened, _ = await world.open("anna", LEAVING)
    await opened.store(opened.uids(), FlagMode.ADD, ["\\Deleted"])
    await _left(world, number)
    with pytest.raises(CannotDo, match="has-left"):
        await opened.expunge(None)
    assert await world.database.read(lambda tx: tx.held.find(other)) is None  # taken back
    await opened.expunge(None)  # it is told once


async def test_after_a_restart_nobody_knows(world: World) -> None:
    number = await held(world, "a@x")
    await held(world, "b@x")
    opened, _ = await world.open("anna", LEAVING)
    uid = opened.uids()[0]
    await _left(world, number)
    await world.restart()
    opened, _ = await world.open("anna", LEAVING)
    with pytest.raises(CannotDo, match="waits-no-more"):
        await opened.move([uid], "Drafts")
    with pytest.raises(CannotDo, match="waits-no-more"):
        await opened.move([uid, *opened.uids()], "Drafts")
    assert len(opened.uids()) == 1
    await opened.move([opened.uidnext + 5], "Drafts")  # never was there


async def test_approved_or_given_back_while_somebody_looks(world: World) -> None:
    await world.hire("taro", "Taro Ito", Right.RESPOND_WITH_APPROVAL)
    await held(world, "a@x", login="taro", asks=True)
    his, _ = await world.open("taro", TO_APPROVE)
    hers, _ = await world.open("mara", TO_APPROVE)
    uids = list(his.uids())
    await hers.copy(uids, APPROVE)
    for opened, to in ((his, "Drafts"), (hers, APPROVE)):
        with pytest.raises(CannotDo, match="is-approved"):
            await opened.move(uids, to)
    with pytest.raises(CannotDo, match="is-approved"):
        await his.store(uids, FlagMode.ADD, ["\\Deleted"])
    # Who has no MOVE goes on like this.
    await hers.store(uids, FlagMode.ADD, ["\\Deleted"])
    await hers.expunge(uids)


async def test_who_deletes_more_than_theirs(world: World) -> None:
    hers, his = await held(world, "a@x"), await held(world, "b@x", login="ben")
    opened, _ = await world.open("ben", LEAVING)
    with pytest.raises(CannotDo, match="waits-not-yours"):
        await opened.store(opened.uids(), FlagMode.ADD, ["\\Deleted"])
    facts = [opened.facts(uid) for uid in opened.uids()]
    assert ["\\Deleted" in each.flags for each in facts if each] == [False, True]
    await opened.expunge(None)
    assert await world.database.read(lambda tx: tx.held.find(his)) is None
    waits = await world.database.read(lambda tx: tx.held.find(hers))
    assert waits is not None and not waits[0].stays


async def test_its_mark_was_taken_away_meanwhile(world: World) -> None:
    """By another session of the same person, that was refused."""
    number = await held(world, "a@x")
    first, _ = await world.open("anna", LEAVING)
    second, _ = await world.open("anna", LEAVING)
    await first.store(first.uids(), FlagMode.ADD, ["\\Deleted"])
    assert await world.database.write(lambda tx: tx.outbox.leave(number))
    for opened in (second, first):
        with pytest.raises(CannotDo, match="has-left"):
            await opened.expunge(None)


async def test_what_has_left_keeps_nothing_from_being_taken_back(world: World) -> None:
    first, second = await held(world, "a@x"), await held(world, "b@x")
    opened, _ = await world.open("anna", LEAVING)
    await opened.store(opened.uids(), FlagMode.ADD, ["\\Deleted"])
    assert await world.database.write(lambda tx: tx.outbox.leave(first))  # at this moment
    with pytest.raises(CannotDo, match="has-left"):
        await opened.expunge(None)
    assert await world.database.read(lambda tx: tx.held.find(second)) is None
