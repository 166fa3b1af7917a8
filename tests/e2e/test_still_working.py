"""INPROGRESS (RFC 9585) while the provider takes its time, in a real and in a virtual folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.raw_line import signed_in


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=5)


def test_a_sign_of_life_within_ten_seconds(company: Company) -> None:
    with signed_in(company.proxy) as real, signed_in(company.proxy, "ben") as virtual:
        real.ask(b"s SELECT INBOX")
        virtual.ask(b"s SELECT Status/Open")
        company.dovecot.freeze()
        try:
            real.send(b"slow.1 SEARCH BODY xyzzy\r\n")
            virtual.send(b"slow.2 UID FETCH 1 BODY.PEEK[]\r\n")
            sign = b'* OK [INPROGRESS ("%b" NIL NIL)] still working\r\n'
            assert real.line() == sign % b"slow.1"
            assert virtual.line() == sign % b"slow.2"
        finally:
            company.dovecot.thaw()
        assert real.answer(b"slow.1")[-1].startswith((b"slow.1 OK", b"slow.1 NO [UNAVAILABLE]"))
        assert virtual.answer(b"slow.2")[-1].startswith((b"slow.2 OK", b"slow.2 NO [UNAVAILABLE]"))
        assert real.ask(b"n NOOP")[-1] == b"n OK done\r\n"
