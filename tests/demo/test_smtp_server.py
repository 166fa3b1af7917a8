"""The demo's SMTP server: what it takes, keeps, delivers, and answers."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest

from proxyd.demo.smtp_server import DemoSmtp
from tests.patience import PATIENCE_S

USER, PASSWORD, MAILBOX = "support@example.test", "secret", "support@example.test"
MAIL = (
    b"From: support@example.test\r\nTo: a@example.com\r\nSubject: x\r\n"
    b"Message-ID: <%b@example.test>\r\n\r\nhello\r\n"
)


class Provider:
    """The server, and what it delivered."""

    def __init__(self, data: Path, delay: float) -> None:
        self.inbox: list[bytes] = []
        self.data = data
        self.server = DemoSmtp(data, USER, PASSWORD, self.inbox.append, MAILBOX, delay)
        self.port = 0

    async def send(
        self, mail: bytes, *recipients: str, sender: str = MAILBOX, password: str = PASSWORD
    ) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False) as client:
            await client.login(USER, password)
            await client.sendmail(sender, list(recipients), mail)

    @property
    def kept(self) -> list[bytes]:
        return [path.read_bytes() for path in (self.data / "customer" / "new").iterdir()]

    async def answers(self, count: int) -> list[bytes]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.inbox) < count:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        return self.inbox


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    provider = Provider(tmp_path, 0.02)
    provider.port = await provider.server.start()
    yield provider
    await provider.server.stop()


async def test_keeps_the_mail_and_answers_once(provider: Provider) -> None:
    await provider.send(MAIL % b"one", "a@example.com")
    assert provider.kept == [MAIL % b"one"]
    (answer,) = await provider.answers(1)
    assert b"In-Reply-To: <one@example.test>" in answer
    assert b"From: a@example.com" in answer
    follow_up = MAIL.replace(b"\r\n\r\n", b"\r\nReferences: <one@example.test>\r\n\r\n") % b"two"
    await provider.send(follow_up, "a@example.com")
    await asyncio.sleep(0.1)
    assert len(provider.inbox) == 1
    assert len(provider.kept) == 2


async def test_one_answer_per_conversation_over_restarts(
    provider: Provider, tmp_path: Path
) -> None:
    await provider.send(MAIL % b"one", "a@example.com")
    await provider.answers(1)
    await provider.server.stop()
    again = Provider(tmp_path, 0.02)
    again.port = await again.server.start()
    await again.send(MAIL % b"one", "a@example.com")
    await again.send(MAIL % b"other", "a@example.com")
    (answer,) = await again.answers(1)
    assert b"<other@example.test>" in answer
    await again.server.stop()


async def test_mail_to_the_mailbox_itself_arrives_at_once(provider: Provider) -> None:
    await provider.send(MAIL % b"own", "Support@Example.test")
    assert provider.inbox == [MAIL % b"own"]
    await asyncio.sleep(0.1)
    assert provider.inbox == [MAIL % b"own"]


@pytest.mark.parametrize(
    "header", [b"Auto-Submitted: auto-replied", b"List-Id: <x.test>", b"Precedence: bulk"]
)
async def test_automatic_mail_is_kept_and_not_answered(provider: Provider, header: bytes) -> None:
    await provider.send(header + b"\r\n" + MAIL % b"auto", "a@example.com")
    await asyncio.sleep(0.1)
    assert len(provider.kept) == 1
    assert provider.inbox == []


async def test_null_sender_is_not_answered(provider: Provider) -> None:
    await provider.send(MAIL % b"bounce", "a@example.com", sender="")
    await asyncio.sleep(0.1)
    assert provider.inbox == []


async def test_wrong_password(provider: Provider) -> None:
    with pytest.raises(aiosmtplib.SMTPAuthenticationError) as refused:
        await provider.send(MAIL % b"x", "a@example.com", password="wrong")
    assert refused.value.code == 535


async def test_smtplib_login_and_no_mail_without_sign_in(provider: Provider) -> None:
    def work() -> tuple[int, list[str]]:
        with smtplib.SMTP("127.0.0.1", provider.port) as client:
            client.ehlo()
            refused, _ = client.mail("a@example.com")
            client.rset()
            client.user, client.password = USER, PASSWORD
            client.auth("LOGIN", client.auth_login)
            client.sendmail(MAILBOX, ["佐藤@example.jp"], MAIL % b"u", ["SMTPUTF8"])
            return refused, sorted(client.esmtp_features)

    refused, features = await asyncio.to_thread(work)
    assert refused == 530
    assert {"8bitmime", "smtputf8", "size", "auth"} <= set(features)
    assert len(provider.kept) == 1


async def test_stop_forgets_answers_not_written(tmp_path: Path) -> None:
    provider = Provider(tmp_path, 0.1)
    provider.port = await provider.server.start()
    await provider.send(MAIL % b"one", "a@example.com")
    await provider.server.stop()
    await asyncio.sleep(0.2)
    assert provider.inbox == []


async def test_stop_ends_connections_that_are_kept_open(tmp_path: Path) -> None:
    provider = Provider(tmp_path, 0.1)
    provider.port = await provider.server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", provider.port)
    assert (await reader.readline()).startswith(b"220 ")
    async with asyncio.timeout(PATIENCE_S):
        await provider.server.stop()
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
