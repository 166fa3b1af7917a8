"""What the READMEs tell people to type exists, in both languages alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proxyd.cli import app

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.ja.md")
GROUPS = ("conf", "mailbox", "user", "report", "audit", "app-password")


def commands(readme: str) -> list[list[str]]:
    """Every ``proxyd …`` in code, with its continuation lines, as words."""
    text = (ROOT / readme).read_text("utf-8").replace("\\\n", " ")
    code = re.findall(r"^(?: {4,})(.*)$|`([^`\n]+)`", text, re.MULTILINE)
    found = []
    for block, inline in code:
        if match := re.search(
            r"(?<![\w/@])proxyd ((?:conf|check|mailbox|user|app-password|report|audit)\b.*)",
            block or inline,
        ):
            found.append(re.sub(r"[<>|].*", "", match[1]).split())
    return found


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_exist_with_these_options(readme: str) -> None:
    found = commands(readme)
    assert len(found) >= 12
    for words in found:
        path = words[: 2 if words[0] in GROUPS else 1]
        said = CliRunner().invoke(app, [*path, "--help"])
        assert said.exit_code == 0, path
        for word in words:
            if word.startswith("--"):
                assert word in said.output, (path, word)


def test_both_readmes_show_the_same_commands() -> None:
    english, japanese = (
        {
            (*words[:2], *sorted(word for word in words if word.startswith("--")))
            for words in commands(readme)
        }
        for readme in READMES
    )
    assert {words[:2] for words in english} == {words[:2] for words in japanese}


@pytest.mark.parametrize("readme", READMES)
def test_the_files_linked_to_exist(readme: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / readme).read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_both_readmes_have_the_same_parts_and_lead_to_the_same_pages() -> None:
    english, japanese = ((ROOT / readme).read_text("utf-8") for readme in READMES)
    links = [
        [
            one.replace(".ja.", ".")  # where there is the page in Japanese, it is that one
            for one in re.findall(r"\]\(([^)#:]+)\)", text)
            if not one.startswith("README")
        ]
        for text in (english, japanese)
    ]
    assert links[0] == links[1]
    for part in (r"^#+ ", r"^- ", r"^[0-9]+\. ", r"^   \|"):
        found = [len(re.findall(part, text, re.MULTILINE)) for text in (english, japanese)]
        assert found[0] == found[1], part


@pytest.mark.parametrize("readme", READMES)
def test_the_two_commands_stand_at_the_beginning(readme: str) -> None:
    head = (ROOT / readme).read_text("utf-8")[:3000]
    assert "    make demo\n" in head and "    make test\n" in head


def test_make_knows_them() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("demo", "test", "lint", "bench", "clean", "help"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
