"""Each Japanese sentence that can reach people keeps to docs/glossary.ja.md.

Only what a machine can tell: how a sentence ends, the width of brackets and colons, and the words
that are never used. Whether it is polite, an editor reads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtp_frontend import replies

ROOT = Path(__file__).parent.parent
GLOSSARY = ROOT / "docs/glossary.ja.md"
JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")

# What proxyd says itself. A Japanese text in any other file is one that mails are read by.
SENTENCES = (
    "imap_frontend/replies.py",
    "smtp_frontend/replies.py",
    "proxyd/service/reminders/wording.py",
    "proxyd/service/notes/making.py",
    "proxyd/app/demo_text.py",
    "proxyd/service/mail/come_back_words.py",
    *("admin/client_setup/sheet_japanese.py", "admin/client_setup/kit_pieces.py"),
    *("admin/client_setup/kit.py", "admin/client_setup/apple_profile.py"),
    *(f"admin/web/people/words{part}.py" for part in ("", "_person", "_leaving")),
    *(
        f"admin/web/words_{page}.py"
        for page in (
            *(
                "frame",
                "me",
                "passkey",
                "record",
                "refusals",
                "sends",
                "sends_areas",
                "sign_in",
                "sso",
            ),
            *("log", "log_actions", "log_record", "alarms"),
        )
    ),
    *("admin/web/words_overview.py", "admin/web/words_conversations.py"),
    *("admin/web/words_history.py", "admin/web/words_reports.py"),
    *(f"admin/web/mailboxes/words{page}.py" for page in ("", "_policy", "_probe", "_rules")),
)
FOR_ADMINS = (
    "proxyd/app/demo_text.py",
    "admin/web/words_alarms.py",
    "admin/web/words_sends_areas.py",
    *(path for path in SENTENCES if path.startswith("admin/web/mailboxes/")),
)
NAMES = (
    "proxyd/domain/folder_names.py",
    "proxyd/domain/workflow/words.py",
    *("proxyd/app/demo_people.py", "proxyd/domain/client_tags.py"),
    "admin/client_setup/thunderbird_user_js.py",
)
READ_BY = (
    *("proxyd/upstream/folders.py", "proxyd/mailtext/topic.py", "proxyd/mailtext/charsets.py"),
    *("proxyd/mailtext/authors.py", "proxyd/imapwire/text_search.py", "proxyd/domain/promise.py"),
    *("proxyd/domain/hold_until.py", "proxyd/domain/honorific.py", "proxyd/domain/word_runs.py"),
    *("proxyd/domain/own_words.py", "proxyd/domain/note_words.py"),
    *("proxyd/domain/letter_opening.py", "proxyd/domain/alike_names.py"),
    *("proxyd/domain/workflow/labels.py", "proxyd/domain/proposed_login.py"),
    "proxyd/domain/guards/forgotten_attachment.py",  # a word in English help
    *("proxyd/service/admin/admin_input.py", "proxyd/settings.py"),  # the same
    "proxyd/service/admin/guessable.py",  # what a guesser tries
    *("proxyd/domain/spreadsheet.py", "admin/client_setup/line_wrapping.py"),
    *("proxyd/demo/mails.py", "proxyd/demo/customer.py"),  # what others write
)
# How paragraphs begin that are none: headings, tables, pictures, links to the other language.
NO_SENTENCE = ("#", "|", "!", "*[", "<", "1. **インストール**", "5. **起動**")
PAGES = ("README.ja.md", "docs/guards.ja.md", "docs/what-clients-do.ja.md")

# A text that ends like this is a sentence, and not a name or a heading.
SENTENCE = re.compile(r"(?:です|ます|ません|ました|でした|ください)(?:（[^）]*）)?$")
SUBJECTS = re.compile(r".*\{\}件あります")  # of a mail
FRAMED = {japanese for _, japanese in replies._MALFORMED.values()}  # in a sentence with its end
FRAMED.add("の行が2つ以上あります")
NEAR = r"\u3000-\u30ff\u4e00-\u9fff\uff08\uff09"
NARROW = re.compile(rf"(?<=[{NEAR}])[():;!?,]|[():;!?](?=[{NEAR}])")


def texts(path: str) -> Iterator[str]:
    """The Japanese constants of a module, each as it is put together; not its documentation."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if JAPANESE.search(node.value) and id(node) not in documented:
            yield node.value


def never() -> dict[str, re.Pattern[str]]:
    """The words of the last column; what stands in brackets is remark."""
    found: dict[str, re.Pattern[str]] = {}
    for row in re.findall(r"^\|(.*)\|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)[2:]:
        for word in re.sub(r"（[^）]*）", "", row.split("|")[-1]).split("、"):
            if word.strip():
                found[word.strip()] = re.compile(_pattern(word.strip()))
    return found


# Of a word that is also the beginning of the right one: what it is followed by there.
_RIGHT = {"フォルダ": "ー", "対応済": "み", "確認済": "み", "誰か": "」|$|\\*", "デバイス": "管理"}


def _pattern(word: str) -> str:
    right = _RIGHT.get(word)
    return re.escape(word) + (f"(?!{right})" if right else "")


NEVER = never()


def wrong(text: str) -> list[str]:
    """What the rules find in it; names in code, links and examples are not read."""
    found = [word for word, pattern in NEVER.items() if pattern.search(text)]
    return found + [f"narrow {match[0]}" for match in NARROW.finditer(text)]


def test_the_rules_find_what_is_wrong_and_nothing_else() -> None:
    assert len(NEVER) > 60
    assert wrong("既に他の人が対応済です") == ["対応済", "既に", "他の人"]
    assert wrong("このフォルダに入れます") == ["フォルダ"]
    assert wrong("上限(5 MB)です:") == ["narrow (", "narrow )", "narrow :"]
    assert not wrong("上限（5 MB）です。10:05 に、フォルダーの対応済みへ。")


@pytest.mark.parametrize("path", (*SENTENCES, *NAMES))
def test_words_and_width(path: str) -> None:
    said = list(texts(path))
    assert said
    assert {text: wrong(text) for text in said if wrong(text)} == {}


@pytest.mark.parametrize("path", [path for path in SENTENCES if path not in FOR_ADMINS])
def test_to_staff_the_provider_is_the_mail_server(path: str) -> None:
    assert [text for text in texts(path) if "プロバイダー" in text] == []


@pytest.mark.parametrize("path", SENTENCES)
def test_every_sentence_ends(path: str) -> None:
    said = {line.rstrip() for text in texts(path) for line in text.split("\n\n")}
    endless = {text for text in said if SENTENCE.search(text) and not SUBJECTS.fullmatch(text)}
    assert endless - FRAMED == set()


def test_no_text_is_left_out() -> None:
    folders = ("proxyd", "imap_frontend", "smtp_frontend", "admin")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    names = {str(path.relative_to(ROOT)) for path in files if JAPANESE.search(path.read_text())}
    assert names == {*SENTENCES, *NAMES, *READ_BY}


@pytest.mark.parametrize("page", PAGES)
def test_pages_for_admins(page: str) -> None:
    """With the words for admins: a provider is one, and threads are in mail clients."""
    text = (ROOT / page).read_text("utf-8")
    text = re.sub(r"^ {4,}.*$|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", "", text, flags=re.MULTILINE)
    said = [line for line in text.splitlines() if JAPANESE.search(line)]
    assert {line: wrong(line) for line in said if wrong(line)} == {}


@pytest.mark.parametrize("page", PAGES)
def test_sentences_of_pages_end(page: str) -> None:
    """Of paragraphs and lists; not headings, tables, code, pictures and lists of links."""
    text = (ROOT / page).read_text("utf-8")
    text = re.sub(r"^ {4,}\S.*$", "", text, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n|\n(?=- |\d+\. )", text):
        last = paragraph.strip().splitlines()[-1:] or [""]
        end = re.sub(r"[*）)`]+$", "", last[0].strip())
        end = re.sub(r"： `[^`]*`?$", "。", end)  # a command behind a sentence
        if not JAPANESE.search(last[0]) or last[0].lstrip().startswith(NO_SENTENCE):
            continue
        assert end.endswith(("。", "：")) or "](" in last[0], paragraph


@pytest.mark.parametrize("page", ["guards", "what-clients-do"])
def test_the_japanese_page_has_all_that_the_english_one_has(page: str) -> None:
    """The rows of its tables by their keys in code, and the commands."""
    english, japanese = (
        (ROOT / f"docs/{page}{end}.md").read_text("utf-8").partition("\n## Thunderbird")[0]
        for end in ("", ".ja")
    )
    for what in (
        r"^\|",
        r"^\| `guard-[a-z-]+`",
        r"^    proxyd [^\n]*?(?=  |$)",
        r"\| `[a-z-]+` \|$",
    ):
        first, second = (re.findall(what, text, re.MULTILINE) for text in (english, japanese))
        assert first == second, what
