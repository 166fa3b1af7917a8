"""Every sentence of the pages in both languages, used and complete (admin/web/words*.py)."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from admin.web.words import LANGUAGES, WORDS, preferred, said
from admin.web.words_record import WORDED
from admin.web.words_refusals import BY_PROBLEM, refusal
from proxyd.domain.errors import BadInput
from proxyd.service.admin.admin_input import checked_device, checked_password

WEB = Path("admin/web")
SOURCES = "\n".join(
    path.read_text("utf-8")
    for path in sorted([*WEB.rglob("*.py"), *WEB.rglob("templates/**/*.html")])
    if not path.name.startswith("words")
)
# Put together from what is known at that moment.
PUT_TOGETHER = (
    *("error.", "did.", "refused.", "me.role.", "done.", "record.", "sign-in.", "word."),
    "sends./",
    *("action.", "slip.", "log.key.", "log.outcome.", "entry.field.", "exports.", "alarm."),
    *("alarms.did.", "alarms.days."),
    *("leave.status.", "people.done.", "people.reason.", "people.standing."),
    *("history.", "wrong.", "provider.", "conversations.older-", "reports.absent."),
    *("mailboxes.done-", "mailboxes.language-", "mailboxes.seen-", "add.security-", "trouble."),
    *("probe.", "probe-ahead.", "fault.", "remedy."),
    *("policy.", "policy-hint.", "policy-empty.", "policy-wrong."),
)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_each_sentence_has_both_languages_with_the_same_places():
    for key, sentences in WORDS.items():
        assert len(sentences) == len(LANGUAGES) and all(sentences), key
        assert fields(sentences[0]) == fields(sentences[1]), key


def test_none_is_unused_and_none_is_missing():
    used = set(re.findall(r'["\']((?:[a-z-]+\.)+[a-z0-9 .-]+)["\']', SOURCES))
    unused = {key for key in WORDS if key not in used and not key.startswith(PUT_TOGETHER)}
    assert unused == set()
    told = set(re.findall(r'\bt\("([^"]+)"[,)]', SOURCES))
    assert told - WORDS.keys() == set()


def test_each_act_of_the_record_has_its_sentence():
    assert {f"did.{what}" for what in WORDED} | {"did.other"} == {
        key for key in WORDS if key.startswith("did.")
    }
    for what, facts in WORDED.items():
        assert fields(WORDS[f"did.{what}"][0]) == set(facts), what


def test_names_stand_apart():
    assert said("en", "apps.made", name="אבג") == "Application password for \u2068אבג\u2069"
    assert said("en", "apps.made", name="{x}") == "Application password for \u2068{x}\u2069"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ja,en;q=0.8", "ja"),
        ("ja-JP", "ja"),
        ("en-GB,ja", "en"),
        ("de,fr", "ja"),
        ("", "ja"),
        ("*" * 10_000, "ja"),
        ("DE, JA;q=0.1", "ja"),
    ],
)
def test_the_browser_s_language(accepted, language):
    assert preferred(accepted, "ja") == language


@pytest.mark.parametrize(
    "refused",
    [
        *(lambda text=text: checked_device(text) for text in ("", "x" * 61, "7", "a\u202eb")),
        *(
            lambda text=text: checked_password(text, ["support"])
            for text in ("short", "x" * 201, "pass\u0007word", "sunshine1", "supportxy")
        ),
    ],
)
def test_what_the_services_refuse_has_words_of_its_own(refused):
    with pytest.raises(BadInput) as error:
        refused()
    key = refusal(error.value.what, error.value.problem)
    assert key in WORDS and key != "refused.other"


def test_what_nobody_thought_of_is_told_too():
    assert refusal("elephant", "is too large") == "refused.other"
    assert {key for _, _, key in BY_PROBLEM} <= WORDS.keys()
