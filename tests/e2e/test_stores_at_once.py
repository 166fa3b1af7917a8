"""Many people change the flags of one mail at once, over several lines to the provider: each is
told OK, and what is shown afterwards is what the provider has.
"""

from __future__ import annotations

import imaplib
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PEOPLE
from tests.e2e.raw_line import signed_in
from tests.patience import PATIENCE_S, until

CLIENTS = 10
STORES = 150  # of each
FLAGS = (b"\\Answered", b"\\Flagged", b"$Label1")


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=3)


def test_nobody_is_refused_and_the_last_word_is_the_providers(company: Company) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for each in pool.map(_stores(company), range(CLIENTS)) for answer in each]
    assert len(answers) == CLIENTS * STORES
    assert [answer for answer in answers if b" OK" not in answer] == []
    until(lambda: _shown(company) == _kept(company), lambda: f"{_shown(company)} {_kept(company)}")


def _stores(company: Company) -> Callable[[int], list[bytes]]:
    def one(seed: int) -> list[bytes]:
        dice, login = random.Random(seed), list(PEOPLE)[seed % len(PEOPLE)]
        with signed_in(company.proxy, login) as line:
            line.ask(b"s SELECT INBOX")
            commands = (
                b"a UID STORE 1 %bFLAGS.SILENT (%b)"
                % (dice.choice((b"+", b"-")), dice.choice(FLAGS))
                for _ in range(STORES)
            )
            return [line.ask(command)[-1] for command in commands]

    return one


def _shown(company: Company) -> list[set[bytes]]:
    with company.proxy.imap("anna") as client:
        return _flags(client)


def _kept(company: Company) -> list[set[bytes]]:
    dovecot = company.dovecot
    with imaplib.IMAP4("127.0.0.1", dovecot.plain_port, timeout=PATIENCE_S) as client:
        client.login(dovecot.user, dovecot.password)
        return _flags(client)


def _flags(client: imaplib.IMAP4) -> list[set[bytes]]:
    client.select("INBOX", readonly=True)
    rows = client.uid("FETCH", "1:*", "(FLAGS)")[1]
    found = (re.findall(rb"FLAGS \((.*?)\)", row)[0].split() for row in rows)
    return [set(flags) & set(FLAGS) for flags in found]
