"""Webhooks are added, tried and removed, each on record."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.webhooks import NotTaken
from proxyd.domain.webhook import MOST, NoticeKind
from tests.service.webhooks.conftest import ROOT, claimed

URL = "https://chat.example.com/hook"


async def did(bench):
    found = await bench.database.read(lambda tx: tx.log.search(LogQuery(action="admin")))
    return [(one.record.detail["did"], one.record.mailbox) for one in found]


async def test_one_is_added_and_its_secret_is_nowhere_in_clear(bench):
    await bench.happens(claimed("anna"))
    new = await bench.admin.add("support", URL, [NoticeKind.ALARM], by=ROOT)
    assert (new.webhook.kinds, new.webhook.after) == ((NoticeKind.ALARM,), 1)
    (listed,) = await bench.admin.all()
    # Behind by the record of its own beginning.
    assert (listed.webhook, listed.mailbox, listed.behind) == (new.webhook, "support", 1)
    assert await did(bench) == [("webhook add", "support")]
    secret = new.secret.removeprefix("whsec_")
    everything = b"".join(file.read_bytes() for file in bench.database.file.parent.glob("*.db*"))
    assert secret.encode() not in everything
    assert new.secret not in repr(new)


async def test_what_is_no_webhook(bench):
    await bench.admin.add("support", URL, (), by=ROOT)
    for name, url, error in (
        ("nowhere", URL, NotFound),
        ("support", URL, BadInput),
        ("support", "http://chat.example.com/", BadInput),
    ):
        with pytest.raises(error):
            await bench.admin.add(name, url, (), by=ROOT)
    await bench.admin.add("sales", URL, (), by=ROOT)
    for number in range(MOST - 1):
        await bench.admin.add("support", f"{URL}/{number}", (), by=ROOT)
    with pytest.raises(BadInput, match=str(MOST)):
        await bench.admin.add("support", f"{URL}/x", (), by=ROOT)
    assert len(await bench.admin.all()) == MOST + 1


async def test_it_is_tried_with_a_notice_of_its_own(bench):
    webhook = (await bench.admin.add("support", URL, (), by=ROOT)).webhook
    await bench.admin.test(webhook.id, bench.receiver)
    ((url, _, told),) = bench.receiver.taken
    assert (url, told["type"], told["data"]) == (URL, "test", {"mailbox": "support"})
    bench.receiver.failing.add(URL)
    with pytest.raises(NotTaken, match="503"):
        await bench.admin.test(webhook.id, bench.receiver)
    with pytest.raises(NotFound):
        await bench.admin.test(99, bench.receiver)


async def test_a_new_secret_signs_and_a_removed_one_is_told_nothing(bench):
    new = await bench.admin.add("support", URL, (), by=ROOT)
    again = await bench.admin.new_secret(new.webhook.id, by=ROOT)
    assert again.secret != new.secret
    await bench.happens(claimed("anna"))
    await bench.admin.remove(new.webhook.id, by=ROOT)
    await bench.looked()
    assert bench.receiver.taken == []
    assert [what for what, _ in await did(bench)] == [
        "webhook add",
        "webhook secret",
        "webhook remove",
    ]
    for change in (bench.admin.remove, bench.admin.new_secret):
        with pytest.raises(NotFound):
            await change(new.webhook.id, by=ROOT)
