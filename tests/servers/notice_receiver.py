"""A program of another's that takes notices: checks each with a library that is not ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class NoticeReceiver:
    """``taken``: (identifier, notice), in the order in which they came. ``status``: it answers."""

    def __init__(self) -> None:
        self.secret = ""
        self.status = 204
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.refused = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @contextmanager
    def in_thread(self) -> Iterator[NoticeReceiver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def kinds(self) -> list[str]:
        return [notice["type"] for _, notice in self.taken]

    def _take(self, headers: dict[str, str], body: bytes) -> int:
        try:
            notice = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.refused += 1
            return 401
        if self.status < 300:
            self.taken.append((headers["webhook-id"], notice))
        return self.status

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver._take(headers, body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
