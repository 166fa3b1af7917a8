"""A notice goes over a real socket, and what may come back."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest

from proxyd.domain.ports.webhooks import NotTaken
from proxyd.outbound.notice_post import NoticePost
from tests.servers.certificates import make_ca

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
FIELDS = {"webhook-id": "record_1"}


@pytest.fixture
async def serve():
    """A server that says what it is told to say; what it was sent is kept."""
    servers = []
    sent = []

    async def start(answer: bytes, *, tls=None, silent=False):
        async def handle(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            sent.append((head, await reader.readexactly(length)))
            if silent:
                await reader.read()
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    start.sent = sent
    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def post():
    post = NoticePost(patience_s=20)
    yield post
    await post.close()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_taken(serve, post, status):
    port = await serve(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status)
    await post.post(f"http://127.0.0.1:{port}/hook?a=b", FIELDS, b'{"type":"test"}')
    ((head, body),) = serve.sent
    assert head.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert b"\r\ncontent-type: application/json\r\n" in head.lower()
    assert b"\r\nwebhook-id: record_1\r\n" in head.lower()
    assert body == b'{"type":"test"}'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n", "it answered 500 Internal Server Error"),
        (b"HTTP/1.1 404 x\r\nContent-Length: 3\r\n\r\nnot", "it answered 404 Not Found"),
        (b"HTTP/1.1 799 x\r\nContent-Length: 0\r\n\r\n", "it answered 799"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "it can't be reached"),
        (b"", "it can't be reached"),
    ],
)
async def test_not_taken(serve, post, answer, why):
    port = await serve(answer)
    with pytest.raises(NotTaken, match=why):
        await post.post(f"http://127.0.0.1:{port}/", FIELDS, b"{}")


async def test_no_redirect_is_followed(serve, post):
    other = await serve(b"HTTP/1.1 204 x\r\n\r\n")
    where = b"Location: http://127.0.0.1:%d/\r\n" % other
    port = await serve(b"HTTP/1.1 307 x\r\nContent-Length: 0\r\n" + where + b"\r\n")
    with pytest.raises(NotTaken, match="307"):
        await post.post(f"http://127.0.0.1:{port}/", FIELDS, b"{}")
    assert len(serve.sent) == 1


async def test_an_answer_without_end_is_not_read(serve, post):
    port = await serve(b"HTTP/1.1 200 x\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * 70_000)
    await post.post(f"http://127.0.0.1:{port}/", FIELDS, b"{}")


async def test_who_says_nothing_has_some_seconds(serve):
    port = await serve(b"", silent=True)
    post = NoticePost(patience_s=0.2)
    with pytest.raises(NotTaken, match=r"no answer within 0\.2 s"):
        await post.post(f"http://127.0.0.1:{port}/", FIELDS, b"{}")
    await post.close()


async def test_nobody_listens_and_a_certificate_that_nobody_knows(serve, post, tmp_path):
    made = make_ca(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.certificate, made.key)
    port = await serve(b"HTTP/1.1 204 x\r\n\r\n", tls=context)
    for url, why in (
        (f"https://localhost:{port}/", "certificate"),
        ("http://127.0.0.1:1/", "can't be reached"),
    ):
        with pytest.raises(NotTaken, match=why):
            await post.post(url, FIELDS, b"{}")
    assert serve.sent == []
