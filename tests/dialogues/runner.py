"""Plays a dialogue file against a session in memory. The format, one thing a line:

    # comment                what the RFC says, and where
    @ login anna secret      sign in before the dialogue (``@ select INBOX`` likewise; ``@2`` …)
    C: a1 NOOP               the client sends this line
    C\\ octets               the client sends exactly these octets (Python escapes, no CRLF added)
    S: a1 OK done            the server must now say exactly this line
    S~ regular expression    … a line that matches
    S.                       the server must have closed the connection
    E: what happens          something happens behind the door (see ``Stage.happen``)

``C2:`` and ``S2:`` are a second client, of the person *kenji*, and so on. Between two client lines
everything said must be accounted for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from proxyd.service.api.quota import QuotaResource, QuotaRoot

_LINE = re.compile(r"([CSE@])(\d?)([:~.\\ ])\s?(.*)")


class Stage:
    """One dialogue under way. ``fakes`` is the module imap_fakes."""

    def __init__(self, fakes: Any) -> None:
        self.fakes = fakes
        self.world = fakes.standard_world()
        self.clients: dict[str, Any] = {}
        self.heard: dict[str, list[bytes]] = {}
        self.where = ""

    async def play(self, path: Path) -> None:
        try:
            for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
                self.where = f"{path.name}:{number}: {text}"
                if text.strip() and not text.startswith("#"):
                    found = _LINE.fullmatch(text)
                    assert found is not None, f"{self.where}: not a dialogue line"
                    await self.step(*found.groups())
            self.nothing_left()
        finally:
            for client in self.clients.values():
                await client.leave()

    async def step(self, who: str, number: str, kind: str, text: str) -> None:
        name = number or "1"
        if who == "@":
            await self.prepare(name, *text.split())
        elif who == "C":
            self.nothing_left()
            client = await self.client(name)
            octets = (
                text.encode().decode("unicode_escape").encode("latin-1")
                if kind == "\\"
                else text.encode() + b"\r\n"
            )
            await client.send(b"")
            client.wire.received(octets)
            await self.listen()
        elif who == "E":
            await self.happen(*text.split())
            await self.listen()
        else:
            await self.client(name)
            self.expect(name, kind, text)

    async def client(self, name: str) -> Any:
        if name not in self.clients:
            self.clients[name] = self.fakes.Client(self.world, secure=name != "9")
            self.heard[name] = []
            await self.listen()
        return self.clients[name]

    async def prepare(self, name: str, verb: str, *words: str) -> None:
        client = await self.client(name)
        self.heard[name].clear()
        if verb == "login":
            await client.login(*words)
        else:
            await client.select(words[0].encode())

    async def listen(self) -> None:
        for name, client in self.clients.items():
            await client.settle()
            said = client.said()
            if said:
                assert said.endswith(b"\r\n"), f"{self.where}: no line end: {said!r}"
                self.heard[name] += said[:-2].split(b"\r\n")

    def expect(self, name: str, kind: str, text: str) -> None:
        if kind == ".":
            assert self.clients[name].line.closed, f"{self.where}: still open"
            return
        assert self.heard[name], f"{self.where}: the server says nothing"
        line = self.heard[name].pop(0).decode()
        if kind == "~":
            assert re.fullmatch(text, line), f"{self.where}\nsaid: {line}"
        else:
            assert line == text, f"{self.where}\nsaid: {line}"

    def nothing_left(self) -> None:
        left = {name: lines for name, lines in self.heard.items() if lines}
        assert not left, f"{self.where}\nbefore that the server also said: {left}"

    async def happen(self, what: str, *words: str) -> None:
        world = self.world
        match what, words:
            case "arrive", (folder, status):
                message = self.fakes.Message(b"Subject: new\r\n\r\nnew\r\n", [f"$status-{status}"])
                world.folders[folder].add(message)
                world.publish([message])
            case "change", (folder, uid, mode, *flags):
                world.change(folder, int(uid), mode, flags)
            case "remove", (folder, uid):
                world.folders[folder].remove([int(uid)])
            case "forget", (folder, modseq):  # what vanished up to this mod-sequence
                world.folders[folder].forgets_before = int(modseq)
            case "fail", (call, name, *facts):
                world.failures[call] = getattr(self.fakes.errors, name)(*facts)
            case "break", (call,):
                world.failures[call] = ZeroDivisionError("as the test wants it")
            case "end", (login, reason):
                for session in list(world.sessions[login]):
                    session.end(reason)
            case "alert", (folder, key, name):
                for view in world.folders[folder].open_views:
                    view.observer.alert(key, {"name": name})
            case "refuse", (call, reason, most):
                world.failures[call] = self.fakes.errors.CannotDo(reason, most=most)
            case "quota", (root, usage, limit):
                storage = QuotaResource("STORAGE", int(usage), int(limit))
                world.quotas.append(QuotaRoot(root, (storage,)))
            case "unkept", flags:
                world.unkept = {*flags}
                world.lost = self.fakes.errors.CannotDo("flags-lost")
            case "lose", (folder,):
                for view in list(world.folders[folder].open_views):
                    view.observer.lost()
            case _:
                raise AssertionError(f"{self.where}: nothing like that happens")
