"""Devices with passwords of their own, in front of a real provider: one is taken away, and the
others go on (service/accounts; issue "Application passwords").
"""

from __future__ import annotations

import imaplib
import json
import smtplib
from collections.abc import Callable
from contextlib import ExitStack
from itertools import groupby

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.e2e.test_main_job import reply
from tests.patience import until


def made(proxy: Installation, name: str, *more: str) -> str:
    said = json.loads(proxy.typed("app-password", "add", "anna", "--name", name, "--json", *more))
    return str(said["app_password"]["password"])


def devices(proxy: Installation) -> dict[str, dict[str, object]]:
    listed = json.loads(proxy.typed("app-password", "list", "anna", "--json"))
    return {one["name"]: one for one in listed}


def goodbye(client: imaplib.IMAP4) -> bytes:
    """What is said to who hears it without asking; the line is closed behind it."""
    line = client.readline()
    assert client.readline() == b""
    return line


def refusal(proxy: Installation, password: str, login: str = "anna") -> bytes:
    with pytest.raises(imaplib.IMAP4.error) as caught, proxy.imap(login, password):
        pass
    text = caught.value.args[0]
    assert isinstance(text, bytes)
    return text


def sending_refused(proxy: Installation, password: str) -> tuple[int, bytes]:
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught, proxy.smtp("anna", password):
        pass
    error = caught.value.smtp_error
    return caught.value.smtp_code, error if isinstance(error, bytes) else error.encode()


def logins(proxy: Installation) -> list[dict[str, dict[str, object]]]:
    return proxy.audit("--action", "login", "--person", "anna")  # type: ignore[return-value]


def test_one_device_is_taken_away_and_the_others_go_on(
    found_company: Callable[..., Company],
) -> None:
    company = found_company(count=3)
    proxy = company.proxy
    phone, pc, reader = made(proxy, "電話"), made(proxy, "PC"), made(proxy, "r", "--scope", "imap")
    with ExitStack() as clients:
        on_phone = clients.enter_context(proxy.imap("anna", phone.upper()))
        on_pc = clients.enter_context(proxy.imap(ADDRESS, f"anna:{pc}"))
        own = clients.enter_context(proxy.imap("anna", PASSWORD))
        sending = clients.enter_context(proxy.smtp("anna", phone))
        # As phones do: it says what it is after it has signed in.
        on_phone.xatom("ID", '("name" "iPhone Mail" "version" "19.1")')
        last = devices(proxy)["電話"]["last_used"]
        assert isinstance(last, dict) and last["client"] == "iPhone Mail 19.1"
        assert last["address"] == "127.0.0.1"
        for client in (on_phone, on_pc, own):
            client.select("INBOX")
        on_phone.send(b"i IDLE\r\n")
        assert on_phone.readline().startswith(b"+")

        proxy.typed("app-password", "remove", "anna", "電話")
        assert goodbye(on_phone) == (
            b"* BYE the password of this device was removed; ask your admin for another one\r\n"
        )
        assert sending.getreply()[0] == 421
        assert on_pc.noop()[0] == own.noop()[0] == "OK"
        for password in (phone, "wrong"):
            assert refusal(proxy, password).endswith(b"login or password is wrong")
            assert sending_refused(proxy, password)[0] == 535
        # The one that is for reading reads, and sends nothing.
        with proxy.imap("anna", reader) as client:
            assert client.select("INBOX")[0] == "OK"
        assert sending_refused(proxy, reader) == sending_refused(proxy, "wrong")
        with proxy.smtp(ADDRESS, f"anna:{pc}") as client:
            client.send_message(reply("<none@customer.example.org>", "From the PC."))
        until(lambda: any(b"From the PC." in one.message for one in company.sink.received))

        proxy.typed("user", "app-passwords-only", "anna", "on")
        assert goodbye(own).startswith(b"* BYE your own password does not open mail any more")
        assert on_pc.noop()[0] == "OK"
        assert b"use an application password" in refusal(proxy, PASSWORD)
        code, sentence = sending_refused(proxy, PASSWORD)
        assert code == 534 and b"use an application password" in sentence
        proxy.typed("user", "disable", "anna")
        assert goodbye(on_pc).startswith(b"* BYE this login was switched off")
        assert refusal(proxy, pc).endswith(b"login or password is wrong")
    reasons = [one["detail"].get("reason") for one in logins(proxy) if one["outcome"] != "ok"]
    # Each as often as the client tries: smtplib says PLAIN, and then LOGIN.
    assert [reason for reason, _ in groupby(reasons)] == [
        *("password", "scope", "password", "application-password-needed", "disabled"),
    ]
    used = [one["detail"].get("app_password") for one in logins(proxy) if one["outcome"] == "ok"]
    assert {"電話", "PC", "r"} < set(used)
    text = proxy.log() + json.dumps(proxy.audit(), ensure_ascii=False)
    assert not any(one in text for one in (phone, pc, reader))

    # A lost master key leaves every device as it is.
    proxy.typed("user", "enable", "anna")
    proxy.stop()
    (proxy.directory / "data" / "master.key").unlink()
    words = ("secrets", "renew", "--yes", "--passwords-stdin")
    proxy.command(*words, stdin=company.dovecot.password + "\n")
    proxy.start()
    with proxy.imap("anna", pc) as client:
        assert client.select("INBOX")[0] == "OK"
