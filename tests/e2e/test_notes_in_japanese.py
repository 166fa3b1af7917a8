"""Asked inside, in a mailbox whose people read Japanese; and a backup put back."""

from __future__ import annotations

from collections.abc import Callable
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

from proxyd.imapwire import mutf7
from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.test_notes import HANAKO, NOTE, all_of, mail, nothing_has_left, send, text_of
from tests.patience import until

NOTES, MENTIONS, OPEN = "対応状況/社内メモ", "対応状況/自分へのメモ", "対応状況/未対応"
QUESTION = "これ@benに聞いてください。前回の請求書と同じ条件で値引きしても大丈夫でしょうか。"


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=0)
    office.proxy.typed("mailbox", "set", "support", "--language", "ja")
    office.dovecot.deliver(
        f"From: Hanako <{HANAKO}>\r\nTo: support@example.test\r\nSubject: order\r\n"
        "Message-ID: <asked@customer.example.org>\r\n\r\nHello\r\n".encode()
    )
    office.proxy.wait_synced(1)
    with office.proxy.imap("anna") as anna:  # until the language is another one
        until(lambda: anna.select(f'"{mutf7.encode(OPEN).decode()}"')[0] == "OK")
    return office


def shown(office: Company, login: str, view: str) -> list[Message]:
    with office.proxy.imap(login) as client:
        ok(client.select(f'"{mutf7.encode(view).decode()}"', readonly=True))
        return [BytesParser().parsebytes(raw) for raw in all_of(client)]


def test_it_is_all_in_japanese(office: Company) -> None:
    until(lambda: len(shown(office, "ben", OPEN)) == 1)
    assert send(office, mail(QUESTION)) == (250, "")
    (note,) = shown(office, "ben", NOTES)
    assert len(shown(office, "ben", MENTIONS)) == 1
    assert len(shown(office, "ben", OPEN)) == 2
    assert str(make_header(decode_header(note["Subject"]))) == "[社内メモ] Re: 見積もり"
    assert text_of(note.as_bytes()).startswith("社内メモです。社外には送信できません。 [[note:")
    assert nothing_has_left(office)


def test_what_is_refused_says_so_in_japanese(office: Company) -> None:
    pasted = "承知しました。前回の請求書と同じ条件で値引きしても大丈夫です。"
    code, said = send(office, mail(pasted, HANAKO), "ben")
    assert code == 550
    assert "本文に社内メモと同じ文（「" in said
    code, said = send(office, mail("どうでしょう", f"{NOTE}, {HANAKO}"))
    assert (code, "社内メモの宛先は" in said) == (550, True), said
    code, said = send(office, mail("どうでしょう", answers=""))
    assert (code, "返信として書いてください" in said) == (550, True), said
    with office.proxy.imap("ben") as ben:
        ok(ben.select(f'"{mutf7.encode(NOTES).decode()}"'))
        word, told = ben.copy("1", "Archive")
        assert (word, "社内メモは、メールサーバーのフォルダーに" in told[0].decode()) == (
            "NO",
            True,
        )
    assert nothing_has_left(office)


def test_it_is_in_the_backup_that_is_put_back(office: Company, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    office.proxy.command("backup", str(saved))
    assert send(office, mail("あとで書いたメモです")) == (250, "")
    assert len(shown(office, "ben", NOTES)) == 2
    office.proxy.stop()
    office.proxy.command("restore", str(saved), "--yes")
    office.proxy.start()
    until(lambda: len(shown(office, "ben", OPEN)) == 2)
    (note,) = shown(office, "ben", NOTES)
    assert QUESTION in text_of(note.as_bytes())
    assert send(office, mail("新しいメモです")) == (250, "")
    assert len(shown(office, "ben", NOTES)) == 2
    assert nothing_has_left(office)
