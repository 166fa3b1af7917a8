"""Wrong passwords from many addresses at once: who is known comes in, and so does who comes for the
first time, before the flood is over; each guess is on record, and all get one answer. See
docs/decisions/052-sign-ins-under-a-flood.md.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from smtplib import SMTP_SSL

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S, until

PLACES, EACH = 10, 4
GUESSES = PLACES * EACH
LOGINS = ("anna", "ben", "nobody", "info@example.test")
# One check takes longer than all of them take to come.
SLOW = "[passwords]\nmemory_kib = 49152\npasses = 2\nthreads = 1\n"


@pytest.fixture(scope="module")
def slow(found_company: Callable[..., Company]) -> Installation:
    return found_company(more=SLOW).proxy


class Client:
    """IMAP over TLS from a chosen address of this machine; greeted."""

    def __init__(self, proxy: Installation, address: str) -> None:
        line = socket.create_connection(
            ("127.0.0.1", proxy.ports["imap-tls"]), PATIENCE_S, source_address=(address, 0)
        )
        self._socket: ssl.SSLSocket = proxy.trust().wrap_socket(line, server_hostname="localhost")
        self._file = self._socket.makefile("rb")
        self._file.readline()

    def say(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def answer(self) -> str:
        """The tagged line."""
        while not (line := self._file.readline()).startswith(b"a "):
            assert line, "closed"
        return line.decode().strip()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def client(proxy: Installation, address: str) -> Iterator[Client]:
    one = Client(proxy, address)
    try:
        yield one
    finally:
        one.close()


def metric(proxy: Installation, name: str) -> float:
    return float(re.findall(rf"^{name} (\S+)", proxy.http("/metrics")[1], re.MULTILINE)[0])


def refused(proxy: Installation) -> float:
    return metric(proxy, r'proxyd_sign_ins_total\{outcome="refused"\}')


def waiting(proxy: Installation) -> float:
    return sum(
        metric(proxy, rf'proxyd_sign_ins_waiting\{{for="{why}"\}}') for why in ("turn", "check")
    )


@contextmanager
def flood(proxy: Installation, network: int) -> Iterator[list[Client]]:
    """All of them have asked, and nearly none has an answer."""
    with ExitStack() as open_lines:
        guessers = [
            open_lines.enter_context(client(proxy, f"127.{network}.0.{1 + number % PLACES}"))
            for number in range(GUESSES)
        ]
        for number, guesser in enumerate(guessers):
            guesser.say(f'a LOGIN "{LOGINS[number % len(LOGINS)]}" "guess {number}"')
        until(lambda: waiting(proxy) > GUESSES / 2)
        yield guessers


def test_who_works_and_who_is_new_come_in_before_the_flood_is_over(slow: Installation) -> None:
    with client(slow, "127.0.0.1") as anna:
        anna.say(f'a LOGIN "anna" "{PASSWORD}"')
        assert " OK " in anna.answer()
        before = refused(slow)
        with flood(slow, 1) as guessers:
            anna.say("a SELECT INBOX")
            assert " OK " in anna.answer()
            with client(slow, "127.0.0.1") as again, client(slow, "127.0.9.9") as new:
                new.say(f'a LOGIN "ben" "{PASSWORD}"')
                again.say(f'a LOGIN "anna" "{PASSWORD}"')
                assert " OK " in again.answer()
                with SMTP_SSL(
                    "localhost", slow.ports["smtp-tls"], context=slow.trust(), timeout=PATIENCE_S
                ) as sends:
                    sends.login("anna", PASSWORD)
                assert " OK " in new.answer()
                # Behind the first guess of each place, at most, and what had been begun.
                assert refused(slow) - before < GUESSES
            answers = Counter(guesser.answer() for guesser in guessers)
    (said,) = answers  # known or not
    assert "[AUTHENTICATIONFAILED]" in said
    assert refused(slow) - before == GUESSES
    guesses = [
        record for record in slow.audit("--action", "login", "--outcome", "refused")
        if str(record["address"]).startswith("127.1.0.")
    ]  # fmt: skip
    assert Counter(record["detail"]["reason"] for record in guesses) == {  # type: ignore[index]
        "password": GUESSES / 2, "unknown": GUESSES / 2,
    }  # fmt: skip


def test_who_hangs_up_leaves_the_queue(slow: Installation) -> None:
    before = refused(slow)
    with flood(slow, 2):
        pass
    until(lambda: waiting(slow) == 0)
    assert refused(slow) - before < GUESSES / 2
    with client(slow, "127.0.8.8") as new:
        new.say(f'a LOGIN "ben" "{PASSWORD}"')
        assert " OK " in new.answer()
