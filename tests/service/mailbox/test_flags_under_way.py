"""A look is touched by what is stored during it, and by nothing else."""

from __future__ import annotations

import asyncio

from proxyd.service.mailbox.flags_under_way import FlagsUnderWay
from proxyd.service.mailbox.model import Conversation, Folder, Message
from tests.patience import turns

FOLDER = Folder(1, "INBOX", "/", frozenset())


def message(uid: int) -> Message:
    return Message(
        folder=FOLDER, uid=uid, conversation=Conversation(1, "open", None), message_id=f"{uid}@x",
        size=1, internal_date="", flags=(), inbound=True, automatic=False, subject_digest="",
    )  # fmt: skip


def test_stored_before_is_not_touched_stored_across_either_end_is() -> None:
    under_way, before, across, within, late = FlagsUnderWay(), *map(message, range(1, 5))
    with under_way.storing([before]):
        pass
    started = under_way.storing([across])
    started.__enter__()
    with under_way.looking() as touched:
        started.__exit__(None, None, None)
        with under_way.storing([within]):
            assert within in under_way
        unfinished = under_way.storing([late])
        unfinished.__enter__()
    assert touched == {across, within, late}
    with under_way.looking() as next_look:
        assert next_look == {late}, "still under way"
    unfinished.__exit__(None, None, None)
    assert not under_way


def test_two_stores_of_one_message_are_two() -> None:
    under_way, one = FlagsUnderWay(), message(1)
    with under_way.storing([one]):
        with under_way.storing([one]):
            pass
        assert one in under_way
    assert not under_way


def test_looks_that_were_touched_alike_end_one_by_one() -> None:
    under_way, one = FlagsUnderWay(), message(1)
    first, second = under_way.looking(), under_way.looking()
    first.__enter__()
    touched = second.__enter__()
    first.__exit__(None, None, None)
    with under_way.storing([one]):
        pass
    assert touched == {one}


async def test_who_waits_for_an_end_hears_of_the_next_one() -> None:
    under_way, one, other = FlagsUnderWay(), message(1), message(2)
    with under_way.storing([one]):
        first, second = (asyncio.create_task(under_way.over()) for _ in range(2))
        await turns()
        assert not first.done()
        with under_way.storing([other]):
            pass
        await turns()
        assert first.done()
        assert second.done()
        third = asyncio.create_task(under_way.over())
        await turns()
        assert not third.done()
    await third
