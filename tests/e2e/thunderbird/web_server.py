"""The company's web server with TLS, which passes our path on to proxyd, or fails to."""

from __future__ import annotations

import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates


class WebServer:
    """``port`` of localhost. ``wrong``: this is answered instead, until it is taken away."""

    def __init__(self, certificates: Certificates, behind: int) -> None:
        self.wrong: bytes | None = None
        self.answered: list[int] = []  # status codes
        web = self

        class Passing(BaseHTTPRequestHandler):
            log_message: ClassVar = lambda *_: None

            def do_GET(self) -> None:
                status, body = 200, web.wrong
                if body is None:
                    status, body = _asked(behind, self.path, self.headers["Authorization"])
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                web.answered.append(status)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _asked(port: int, path: str, token: str | None) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        line.request("GET", path, headers={"Authorization": token or "", "Host": "localhost"})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()
