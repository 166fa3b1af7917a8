"""A person's sheet as a page (admin/client_setup/sheet.py)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.client_setup.sheet import sheet
from proxyd.domain.client_facts import ClientServer
from tests.admin.client_setup.facts import SECRET, facts, mailbox, person

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Its text by the id of the element; all elements have an end."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.by_id: dict[str, str] = {}
        self.language = ""
        self.feed(page.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag not in VOID:
            self.open.append((tag, given.get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(tag == "style" for tag, _ in self.open):
            return
        self.texts.append(data)
        for _, name in self.open:
            if name:
                self.by_id[name] = self.by_id.get(name, "") + data

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def test_in_english() -> None:
    page = Page(sheet(facts(person()), person(), SECRET))
    assert page.language == "en"
    assert page.by_id == {"address": "support@example.test", "password": f"hanako:{SECRET}"}
    for said in (
        "Aoba Stationery Set up support@example.test Hanako Sato",
        "Incoming (IMAP)imap.example.test993SSL/TLSsupport@example.test",
        "Outgoing (SMTP)smtp.example.test587STARTTLSsupport@example.test",
        "The folder “Status” shows whose turn each mail is: Open, Checking, On hold, Done.",
        "Drag a mail to “Mine”, and it is yours; to “Done”, and it is done.",
        "reply to note@support.example.test.invalid.",
        "hanako.mobileconfig",
        "as your name type “Aoba Stationery”, which customers see",
        "(“Other”): the name is “Aoba Stationery”;",
    ):
        assert said in page.text


def test_in_japanese() -> None:
    hanako = person(name="佐藤花子", mailboxes=(mailbox(language="ja"),))
    page = Page(sheet(facts(hanako), hanako, SECRET))
    assert page.language == "ja"
    for said in (
        "support@example.test のメール設定のご案内 佐藤花子さん",
        "「対応状況」フォルダーで、各メールの対応状況（未対応、確認中、保留、対応済み）を確認できます。",
        "「自分の担当」にドラッグ",
        "コロンの前は、ご自分のログインIDです。",
        "お名前に「Aoba Stationery」（お客様に表示される名前です）、次にメールアドレスを",
    ):
        assert said in page.text


def test_in_another_language_folders_are_called_as_the_client_shows_them() -> None:
    hanako = person(mailboxes=(mailbox(language="ja"),))
    page = Page(sheet(facts(hanako), hanako, language="en"))
    assert page.language == "en"
    assert "The folder “対応状況”" in page.text and "“対応済み”" in page.text


def test_a_password_that_nobody_knows() -> None:
    page = Page(sheet(facts(person()), person()))
    assert "password" not in page.by_id
    assert "the password that you were given, as hanako:PASSWORD" in page.text


def test_who_may_only_read() -> None:
    reader = person(may_respond=False)
    text = Page(sheet(facts(reader), reader)).text
    assert "You may read everything." in text
    assert "Drag" not in text and "note@" not in text


@pytest.mark.parametrize(
    ("language", "order", "waits", "always"),
    [
        (
            "en",
            "plain",
            "What you send waits in “To approve” until somebody who manages",
            "done for",
        ),
        ("en", "numbered", "waits in “12 To approve” until somebody", "everybody then"),
        (
            "ja",
            "plain",
            "送信したメールは「承認待ち」に入り、管理の権限を持つ人が",
            "返信すると、全員の",
        ),
    ],
)
def test_whose_mails_wait_for_approval(language: str, order: str, waits: str, always: str) -> None:
    box = mailbox(language=language, order=order)
    trainee = person(mailboxes=(box,), needs_approval=True)
    colleague = person(mailboxes=(box,))
    asked, free = (Page(sheet(facts(one), one)).text for one in (trainee, colleague))
    assert waits in asked and waits not in free
    assert always in free and ("everybody then" not in asked and "返信すると" not in asked)


@pytest.mark.parametrize("needs_approval", [False, True])
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "waits 45 seconds in “Leaving”: drag it to Drafts"), ("ja", "45秒間「送信待ち」に")],
)
def test_where_what_is_sent_can_be_taken_back(
    language: str, said: str, needs_approval: bool
) -> None:
    for delay in (0, 45):
        box = mailbox(language=language, send_delay_s=delay)
        one = person(mailboxes=(box,), needs_approval=needs_approval)
        assert (said in Page(sheet(facts(one), one)).text) == bool(delay)


def test_what_is_only_said_where_it_is_so() -> None:
    boxes = (mailbox(), mailbox("info@example.test"), mailbox("shop@example.test"))
    alone, several = person(), person(mailboxes=boxes)
    plain = Page(sheet(facts(alone), alone)).text
    full = Page(sheet(facts(several, ca_pem="pem"), several)).text
    assert "one more account" not in plain and "ca.pem" not in plain
    assert "You also have info@example.test, shop@example.test: add one more account" in full
    assert "Its user name, in the table below, is its own address." in full
    japanese = Page(sheet(facts(several), several, language="ja")).text
    assert "下の表のユーザー名は、そのアカウントのメールアドレス" in japanese
    assert "ask for the file ca.pem first" in full


def test_each_mailbox_has_its_own_names_and_its_own_address_for_notes() -> None:
    boxes = (mailbox(), mailbox("info@example.test", "ja"))
    several, reader = person(mailboxes=boxes), person(mailboxes=boxes, may_respond=False)
    said = Page(sheet(facts(several), several)).text
    assert "In info@example.test that folder is “対応状況” (未対応, " in said
    assert f"you ask a colleague at {boxes[1].note_address}." in said
    read = Page(sheet(facts(reader), reader)).text
    assert "In info@example.test that folder is “対応状況” (未対応, " in read
    assert boxes[1].note_address not in read
    japanese = Page(sheet(facts(several), several, language="ja")).text
    assert "info@example.test では、「対応状況」フォルダー" in japanese


def test_headed_by_the_address_where_no_organisation_is_named() -> None:
    page = Page(sheet(facts(person(), organisation=""), person()))
    assert "support@example.test Set up support@example.test Hanako Sato" in page.text
    assert "as your name type “support@example.test”" in page.text


def test_the_page_asks_for_nothing_else() -> None:
    page = sheet(facts(person()), person(), SECRET)
    read = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(read.elements)
    assert not {"src", "href", "style"} & read.attributes
    assert not re.search(rb"url\(|@import|http", page)


@pytest.mark.parametrize("language", ["en", "ja"])
@given(
    name=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=80),
    organisation=st.text("<>&\"'{}%あ𠮷😀\u0300 a", max_size=60),
    password=st.text("<>&\"'{}%:l1IO0 あ😀", min_size=8, max_size=20),
)
def test_whatever_people_are_called(
    language: str, name: str, organisation: str, password: str
) -> None:
    hanako = person(name=name, mailboxes=(mailbox("a&b'{x}@example.test", language),))
    page = Page(sheet(facts(hanako, organisation=organisation), hanako, password))
    assert page.by_id == {"address": "a&b'{x}@example.test", "password": f"hanako:{password}"}
    assert " ".join(name.split()) in page.text and " ".join(organisation.split()) in page.text
    harmless = Page(sheet(facts(person()), person(), SECRET))
    assert set(page.elements) == set(harmless.elements)
    assert page.attributes == harmless.attributes


def test_servers_come_from_the_facts() -> None:
    at = ClientServer("x.example", 10143, "starttls")
    text = Page(sheet(facts(person(), imap=at, smtp=at), person())).text
    assert text.count("x.example10143STARTTLS") == 2 and "993" not in text
