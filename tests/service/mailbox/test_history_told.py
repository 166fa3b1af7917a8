"""What happens to a conversation, and what its history says of it: each kind, once played."""

from __future__ import annotations

from proxyd.commands.history_words import told, who
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.parting import join, split
from tests.service.conftest import World, mail

IDA, US, SUPPLIER = "ida@buyer.example", "support@example.test", "supplier@sup.example"


async def deliver(world: World, raw: bytes, folder: str = "INBOX") -> None:
    world.upstream.deliver(raw, folder)
    await world.synced()


def ours(message_id: str, about: str, to: str, *lines: str) -> bytes:
    raw = mail(message_id, answers=about, sender=US).replace(
        b"To: c@example.com", f"To: {to}".encode()
    )
    return raw.replace(b"\n\n", "".join(f"\n{line}" for line in lines).encode() + b"\n\n", 1)


async def send(world: World, message_id: str, about: str, to: str) -> None:
    facts, anna = world.conversations.find([about], [to]), world.team.by_login("anna")
    assert facts is not None and anna is not None
    await world.conversations.complete(
        facts.id, anna, message_id, [about], lambda tx: None, [],
        answers=facts.is_answer, recipients=[to],
    )  # fmt: skip


async def last(world: World, count: int = 1) -> list[str]:
    records = [one.record for one in await world.log()]
    return [f"{who(record)}: {told(record)}" for record in records[-count:]]


async def test_each_kind_of_event_is_told_as_what_it_was(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    assert await last(world) == ["proxyd: the mail came in"]
    await send(world, "f1@us", "m1@x", SUPPLIER)
    assert await last(world) == [f"anna: forwarded it to {SUPPLIER}"]
    await deliver(world, ours("r1@us", "m1@x", IDA, "Auto-Submitted: auto-replied"), "Sent")
    assert await last(world) == [
        "proxyd: an automatic receipt of ours went out, which answers nothing"
    ]
    await deliver(world, mail("m2@x", sender=IDA, answers="m1@x"))
    await send(world, "a1@us", "m1@x", IDA)
    assert await last(world, 2) == [
        "anna: answered it without the newer mail, which waits still",
        "anna: took it, by answering",
    ]
    await deliver(world, ours("f2@us", "m2@x", SUPPLIER), "Sent")
    assert await last(world) == [f"someone outside: forwarded it to {SUPPLIER}"]
    await deliver(world, ours("a2@us", "m1@x", IDA), "Sent")
    assert await last(world) == [
        "someone outside: answered it outside the proxy without the newer mail, which waits still"
    ]
    await deliver(world, ours("a3@us", "m2@x", IDA), "Sent")
    assert await last(world) == [
        "someone outside: answered it outside the proxy, and the status became done"
    ]
    old = mail("m0@x", sender=IDA, answers="m1@x").replace(
        b"\n\n", b"\nDate: Mon, 5 Jan 2015 10:00:00 +0900\n\n", 1
    )
    uid = world.upstream.deliver(old)
    world.upstream.folders["INBOX"].mails[uid].date = " 5-Jan-2015 10:00:00 +0900"
    await world.synced()
    assert await last(world) == ["proxyd: a mail was put in that is older than our last answer"]
    await deliver(
        world,
        mail("o1@x", sender=IDA, answers="m2@x").replace(
            b"\n\n", b"\nAuto-Submitted: auto-replied\n\n", 1
        ),
    )
    assert await last(world) == ["proxyd: an automatic mail came in"]
    done = await split(world.room, "m2@x", By("root@cli"))
    assert await last(world, 2) == [
        f"root@cli: split it off from conversation {done.kept}",
        f"root@cli: split off conversation {done.other}",
    ]
    await join(world.room, done.kept, done.other, By("root@cli"))
    assert await last(world) == [f"root@cli: joined it with conversation {done.other}"]
