"""A client of Marionette, the remote control that is built into Thunderbird.

Each packet is ``LENGTH:JSON``; a command is ``[0, id, name, parameters]``, its answer
``[1, id, error, result]``. Only what these tests need: scripts with the rights of the program
itself, and pictures. (marionette_driver on PyPI is declared inactive and brings sixteen packages.)
"""

from __future__ import annotations

import base64
import json
import socket
from typing import Any

from tests.patience import PATIENCE_S

_LENGTH_DIGITS = 10  # of a packet; more is no length


class ScriptFailed(AssertionError):
    """What Thunderbird says about a script that did not work."""


class Marionette:
    """One connection. ``run`` is all one needs."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._file = self._socket.makefile("rb")
        self._serial = 0
        greeting = self._packet()
        assert greeting["marionetteProtocol"] == 3, greeting
        self._command("WebDriver:NewSession", {"capabilities": {}})
        self._command("Marionette:SetContext", {"value": "chrome"})
        milliseconds = int(PATIENCE_S * 1000)
        self._command("WebDriver:SetTimeouts", {"script": milliseconds})

    def run(self, script: str, *arguments: object) -> Any:
        """Run a function's body with ``arguments``; what it (or its promise) returns."""
        parameters = {"script": script, "args": arguments, "sandbox": "system", "newSandbox": False}
        return self._command("WebDriver:ExecuteScript", parameters)["value"]

    def picture(self) -> bytes:
        """The window, as PNG."""
        answer = self._command("WebDriver:TakeScreenshot", {"full": True, "hash": False})
        return base64.b64decode(answer["value"])

    def quit(self) -> None:
        """Ask the program to end as the menu's Quit does."""
        self._command("Marionette:Quit", {"flags": ["eAttemptQuit"]})
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _command(self, name: str, parameters: dict[str, object]) -> Any:
        self._serial += 1
        packet = json.dumps([0, self._serial, name, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(packet), packet))
        _, serial, error, result = self._packet()
        assert serial == self._serial, (serial, name)
        if error:
            raise ScriptFailed(f"{error['error']}: {error['message']}\n{error['stacktrace']}")
        return result

    def _packet(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            octet = self._file.read(1)
            assert octet, "Thunderbird has gone"
            length += octet
            assert len(length) <= _LENGTH_DIGITS, length
        return json.loads(self._file.read(int(length[:-1])))
