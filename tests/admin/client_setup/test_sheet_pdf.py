"""A person's sheet as a PDF (admin/client_setup/sheet_pdf.py), as a viewer reads it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from admin.client_setup.sheet_content import SheetContent, content
from admin.client_setup.sheet_pdf import sheet_pdf, unshown
from proxyd.domain.client_facts import ClientFacts, ClientPerson, ClientServer
from tests.admin.client_setup.facts import SECRET, facts, mailbox, person

LIMIT_S = 60


def tool(*words: str, given: Path) -> str:
    done = subprocess.run(
        [*words, str(given), *(["-"] if words[0] == "pdftotext" else [])],
        capture_output=True,
        check=True,
        timeout=LIMIT_S,
    )
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


def bare(text: str) -> str:
    return "".join(text.split())


def read(pdf: bytes, directory: Path) -> str:
    """Its text without spaces; it has one page, all that is on it is within the margins, and all
    fonts are in the file.
    """
    file = directory / "sheet.pdf"
    file.write_bytes(pdf)
    assert re.search(r"^Pages: +1$", tool("pdfinfo", given=file), re.MULTILINE)
    for line in tool("pdffonts", given=file).splitlines()[2:]:
        assert " yes yes yes " in line, line  # embedded, a subset, with its Unicode
    words = re.findall(
        r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)"',
        tool("pdftotext", "-bbox", given=file),
    )
    assert words
    for word in words:
        left, top, right, bottom = map(float, word)
        assert 36 < left < right < 595 - 28 and 36 < top < bottom < 842 - 18, word
    return bare(tool("pdftotext", "-raw", given=file))


def all_texts(told: SheetContent) -> list[str]:
    sections = [*told.clients, told.to_know]
    return [
        *(told.heading, told.title, told.name, told.address, told.words.intro),
        *(told.password or told.instead, *told.hints, told.words.whom_to_ask, told.words.others),
        *told.words.columns,
        *(cell for row in told.servers for cell in row),
        *(section.title for section in sections),
        *(sentence for section in sections for sentence in section.sentences),
    ]


LONG = "customer.support.and.complaints.of.tokyo@mail.subsidiary.very-long-name.example.co.jp"
MANY = tuple(mailbox(f"{n}.{LONG}", "ja") for n in range(6))
FAR = ClientServer("mail." + "very-long-label-of-a-host." * 6 + "example.test", 10993, "starttls")
PLAIN = person()
JAPANESE = person(name="髙橋 﨑濵𠮷", mailboxes=(mailbox(language="ja"),))
SLOW = tuple(replace(box, send_delay_s=3600) for box in MANY)
LONGEST = person("l1o0." * 12, "W" * 80, SLOW, needs_approval=True)
LONGEST_JAPANESE = person("l1o0." * 12, "髙﨑濵𠮷" * 20, SLOW, needs_approval=True)


@pytest.mark.parametrize(
    ("one", "company", "password"),
    [
        (PLAIN, facts(PLAIN), SECRET),
        (PLAIN, facts(PLAIN), ""),
        (PLAIN, facts(PLAIN), "l1I|O0o `'\"~ é"),
        (JAPANESE, facts(JAPANESE, organisation="株式会社あおば文具"), SECRET),
        (JAPANESE, facts(JAPANESE), "合言葉ですので秘密に"),
        (LONGEST, facts(LONGEST, organisation="O" * 60, imap=FAR, smtp=FAR, ca_pem="x"), "W" * 200),
        (LONGEST_JAPANESE, facts(LONGEST_JAPANESE, imap=FAR, smtp=FAR, ca_pem="x"), SECRET),
    ],
    ids=["plain", "unknown", "odd", "japanese", "words", "longest", "longest-japanese"],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_one_page_says_what_the_sheet_says(
    tmp_path: Path, one: ClientPerson, company: ClientFacts, password: str, language: str
) -> None:
    text = read(sheet_pdf(company, one, password, language), tmp_path)
    for said in all_texts(content(company, one, password, language)):
        assert bare(said) in text, said


def test_a_password_that_no_font_shows_is_not_shown_wrongly(tmp_path: Path) -> None:
    text = read(sheet_pdf(facts(PLAIN), PLAIN, "비밀번호😀 1234"), tmp_path)
    assert "1234" not in text and "ashanako:PASSWORD" in text


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ["Kim 민준", "สมชาย", "אבי כהן", "محمد", "😀", "e\u0301\u0489"])
def test_a_name_that_no_font_shows_is_the_login(tmp_path: Path, name: str, language: str) -> None:
    box = mailbox(language=language)
    one = person("kim.minjun", name, (box,))
    text = read(sheet_pdf(facts(one), one, SECRET), tmp_path)
    lines = text.partition("support@example.test")[2]
    assert "kim.minjun" in lines.partition("support@example.test")[0]
    assert "kim.minjunさん" not in text
    assert unshown([name, "佐藤 花子", "Hanako Sato"]) == [name]


def test_an_organisation_that_no_font_shows_is_the_address(tmp_path: Path) -> None:
    company = facts(PLAIN, organisation="회사")
    assert read(sheet_pdf(company, PLAIN, SECRET), tmp_path).startswith("support@example.testSetup")


def test_it_tells_its_language_and_title(tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(sheet_pdf(facts(JAPANESE), JAPANESE, SECRET))
    assert "support@example.test のメール設定のご案内" in tool("pdfinfo", given=file)
    assert b"/Lang" in file.read_bytes()
    assert SECRET not in tool("pdfinfo", given=file)
