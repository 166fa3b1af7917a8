"""The mark that says "send it all the same" is cut out of the mail; nothing else of it changes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.test_bad_input_to_sending import signed_in
from tests.e2e.test_forged_senders import submitted
from tests.mailtext.windows import iso_2022_jp

NAMES = "髙橋様、﨑山様 ①㈱のご注文"  # as Outlook writes it on Windows


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1)


@pytest.mark.parametrize("mark", ["!send! ", "！ｓｅｎｄ！"])
def test_a_subject_of_windows_goes_out_as_it_was_written(office: Company, mark: str) -> None:
    def mail(subject: str) -> bytes:
        return (
            b"From: %b\r\nSubject: Re: =?ISO-2022-JP?B?%b?=\r\nMessage-ID: <%d@pc.example>\r\n"
            b"Date: Mon, 1 Jun 2026 10:00:00 +0900\r\nX-Odd :  kept\r\n"
            b"Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n!send! %b\r\n"
            % (ADDRESS.encode(), b64encode(iso_2022_jp(subject)), len(mark), iso_2022_jp(NAMES))
        )

    before = len(office.sink.received)
    with signed_in(office.proxy) as line:
        told = submitted(line, mail(mark + NAMES)[:-2])
        assert told.startswith(b"250 "), told
    (sent,) = office.sink.received[before:]
    assert sent.message == mail(NAMES)
