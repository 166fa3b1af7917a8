"""Texts as a reader sees them, however they were written."""

from __future__ import annotations

import pytest

from proxyd.demo.decoding import language
from proxyd.imapwire.mime import MimeMail
from proxyd.imapwire.mime_text import texts
from tests.imapwire.odd_mails import BROKEN, LEGAL


@pytest.mark.parametrize("name", [*LEGAL, *BROKEN])
def test_texts_of_odd_mail(name: str) -> None:
    assert all(isinstance(text, str) for text in texts(MimeMail((LEGAL | BROKEN)[name])))


def test_texts_in_the_order_of_the_mail() -> None:
    assert [text.strip() for text in texts(MimeMail(LEGAL["message_in_message"]))] == [
        *["see below", "deep one", "bottom"]
    ]


def test_language() -> None:
    assert language("ご注文") == language("Re: 見積") == "ja"
    assert language("Größe, élan, “quotes”") == "en"
