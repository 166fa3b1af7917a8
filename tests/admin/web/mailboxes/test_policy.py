"""What is chosen for a mailbox (admin/web/mailboxes/policy.py)."""

from __future__ import annotations

import html
import re

import pytest

from admin.web.mailboxes.policy import OF_OFFICE, SECTIONS
from admin.web.words import WORDS
from proxyd.domain.policy_options import BY_KEY, OPTIONS
from proxyd.domain.web_session import STEP_UP_S
from tests.admin.web.conftest import BY, PASSWORD

POLICY = "/mailboxes/support/policy"


async def policy_of(company):
    return (await company.services.mailboxes.admin.find("support")).policy


def fields_of(text):
    """What a browser would send of the page's form."""
    typed = dict(re.findall(r'<input id="([\w-]+)" name="\1" value="([^"]*)"', text))
    radios = re.findall(r'type="radio" id="[^"]+" name="([^"]+)" value="([^"]+)" checked', text)
    return {name: html.unescape(value) for name, value in {**typed, **dict(radios)}.items()}


def hidden_of(text):
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', text)
    return {name: html.unescape(value) for name, value in found if name in BY_KEY}


def test_each_choice_stands_on_one_page_with_a_sentence_for_each_word():
    shown = [key for _, keys in SECTIONS for key in keys] + list(OF_OFFICE)
    assert sorted(shown) == sorted(BY_KEY)
    words = set()
    for option in OPTIONS:
        words |= {f"policy.{option.key}", f"policy-wrong.{option.key}"}
        words |= {f"policy.{option.key}.{word}" for word in option.kind.words}
        words |= set() if option.kind.words else {f"policy-hint.{option.key}"}
    words |= {"policy-wrong.closed", "policy-empty.zone", "policy-empty.override-mark"}
    ours = {key for key in WORDS if key.split(".")[0] in ("policy", "policy-hint")}
    ours |= {key for key in WORDS if key.split(".")[0] in ("policy-wrong", "policy-empty")}
    assert ours == words


async def test_what_would_change_is_shown_and_only_that_is_saved(ada, company):
    text = (await ada.get(POLICY)).text
    fields = {**fields_of(text), "guard-claimed": "yes", "send-delay-s": "30"}
    answer = await ada.post(POLICY, **fields)
    assert "You are changing 2 things" in answer.text
    assert "Others may answer as well." in answer.text
    assert "Only the assignee&#39;s answer goes out." in answer.text
    assert (await policy_of(company)).send_delay_s == 0
    assert hidden_of(answer.text) == {"guard-claimed": "yes", "send-delay-s": "30"}
    await company.services.mailboxes.admin.set_policy("support", {"override": "no"}, by=BY)
    answer = await ada.post(f"{POLICY}/save", **hidden_of(answer.text))
    assert "The policy is changed." in answer.text
    policy = await policy_of(company)
    assert policy.send_delay_s == 30 and "claimed" in policy.guards and not policy.override
    text = (await ada.get(POLICY)).text  # the third: a new mailbox has its folders numbered
    assert text.count("(not as usual)") == 3 and "(usual: \u20680\u2069)" in text
    (last, *_) = [r for r in await company.records(action="admin") if r.actor == "ada"]
    assert last.detail == {"did": "mailbox policy", "guard-claimed": "yes", "send-delay-s": "30"}


async def test_without_a_change_nothing_is_asked(ada, company):
    text = (await ada.get(POLICY)).text
    answer = await ada.post(POLICY, **fields_of(text))
    assert "Nothing would change." in answer.text
    assert not [r for r in await company.records(action="admin") if r.actor == "ada"]


async def test_what_becomes_of_deleted_mail_asks_who_it_is(ada, company):
    await ada.get(POLICY)
    answer = await ada.post(POLICY, delete="final", destroy="respond")
    assert f'action="{POLICY}/save-deleting"' in answer.text
    fields = hidden_of(answer.text)
    answer = await ada.post(f"{POLICY}/save", **fields)  # not by the other way
    assert "You are changing 2 things" in answer.text
    assert (await policy_of(company)).delete == "trash"
    company.clock.advance(seconds=STEP_UP_S)
    answer = await ada.post(f"{POLICY}/save-deleting", **fields)
    assert answer.status_code == 401 and (await policy_of(company)).delete == "trash"
    await ada.post(f"{POLICY}/save-deleting", confirm_password=PASSWORD, **fields)
    policy = await policy_of(company)
    assert (policy.delete, policy.destroy) == ("final", "respond")


@pytest.mark.parametrize("key", BY_KEY)
async def test_what_is_no_good_is_told_at_its_field(ada, company, key):
    page = "hours" if key in OF_OFFICE else "policy"
    await ada.get(f"/mailboxes/support/{page}")
    answer = await ada.post(f"/mailboxes/support/{page}", **{key: "<b>no</b>\u202e" + "x" * 50})
    assert answer.status_code == 422 and ada.problems() == [WORDS[f"policy-wrong.{key}"][0]]
    assert f'id="{key}"' in answer.text and "<b>" not in answer.text
    answer = await ada.post("/mailboxes/support/policy/save-deleting", **{key: "x" * 50})
    assert answer.status_code == 422


async def test_two_that_must_fit_each_other_are_changed_together(ada, company):
    await ada.get(POLICY)
    fields = {"override-pause-s": "5", "override-window-s": "12"}
    answer = await ada.post(POLICY, **fields)
    assert "You are changing 2 things" in answer.text
    fields = {"override-pause-s": "50", "override-window-s": "40"}
    answer = await ada.post(POLICY, **fields)
    assert ada.problems() == [WORDS["policy-wrong.override-window-s"][0]]


async def test_a_heavy_form_is_still_a_small_page(ada):
    for path in (POLICY, "/mailboxes/support/hours"):
        assert len((await ada.get(path)).content) <= 30 * 1024
