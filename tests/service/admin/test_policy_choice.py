"""What an admin chooses of a policy, checked as a whole (service/admin/policy_choice.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import BadInput
from proxyd.domain.policy import Policy
from proxyd.domain.types import Origin
from proxyd.service.actor import Actor
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.admin.policy_choice import PolicyChange, changes, chosen

ROOT = Actor("root@cli", Origin("cli"))
SUPPORT = MailboxWishes("support@example.test", "imaps://u@imap.test", "smtps://smtp.test")


@pytest.fixture
async def admin(database, sealer):
    one = MailboxAdmin(database, sealer)
    await one.add("support", SUPPORT, "geheim-1", by=ROOT)
    return one


def test_what_differs_in_the_words_of_the_table():
    after = chosen(Policy(), {"delete": "final", "send-delay-s": "0"})
    assert changes(Policy(), after) == [PolicyChange("delete", "trash", "final")]


async def test_what_would_change_changes_nothing(admin):
    before = await admin.find("support")
    found = await admin.policy_changes("support", {"reply-goal": "90m", "delete": "trash"})
    assert found == [PolicyChange("reply-goal", "4h", "90m")]
    assert await admin.find("support") == before


async def test_all_that_is_wrong_is_told_at_once(admin):
    words = {"delete": "x", "zone": "Mars", "override": "yes"}
    for ask in (
        admin.policy_changes("support", words),
        admin.set_policy("support", words, by=ROOT),
    ):
        with pytest.raises(BadInput) as refused:
            await ask
        assert [one.what for one in refused.value.all] == ["delete", "zone"]


async def test_two_that_must_fit_each_other_are_looked_at_together(admin):
    """One by one they would not fit what is chosen now."""
    words = {"override-window-s": "15", "override-pause-s": "10"}
    await admin.set_policy("support", words, by=ROOT)
    with pytest.raises(BadInput, match="override-window-s"):
        await admin.set_policy("support", {"override-pause-s": "15"}, by=ROOT)
