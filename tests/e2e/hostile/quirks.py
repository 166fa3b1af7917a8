"""Ways in which providers are bad, as rewritings of what a good one says."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.e2e.hostile.house import BAD
from tests.e2e.hostile.provider import CUT, Quirk

_ROW = re.compile(rb"\* (\d+) FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d+)")


def commands(pattern: bytes, answer: bytes, folder: str = "") -> Quirk:
    """Commands like this are answered like that, where this folder is open."""
    wanted = re.compile(pattern, re.IGNORECASE)

    def instead(command: bytes, opened: str) -> bytes | None:
        return answer if wanted.match(command) and folder in ("", opened) else None

    return Quirk(instead=instead)


def _numbers(command: bytes) -> set[int]:
    text = command.split()[2].decode()
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition(":")
        found |= set(range(int(low), (100 if high == "*" else int(high or low)) + 1))
    return found


def fetching(what: bytes, answer: bytes, *, folder: str = "INBOX", uid: int = BAD) -> Quirk:
    """A FETCH of the bad mail that asks for ``what`` is answered like that, with no row at all."""
    wanted = re.compile(what)

    def instead(command: bytes, opened: str) -> bytes | None:
        asks = command.upper().startswith(b"UID FETCH") and wanted.search(command.upper())
        return answer if asks and opened == folder and uid in _numbers(command) else None

    return Quirk(instead=instead)


def row(change: Callable[[bytes], bytes], *, uid: int = BAD, folder: str = "INBOX") -> Quirk:
    """The rows of the bad mail, changed."""

    def say(response: bytes, opened: str) -> bytes:
        told = _UID.search(response)
        ours = _ROW.match(response) and told and int(told[1]) == uid and opened == folder
        return change(response) if ours else response

    return Quirk(say=say)


def left_out(what: bytes) -> Quirk:
    """No word of the bad mail in an answer that would tell ``what``, and OK."""
    return row(lambda text: b"" if re.search(what, text) else text)


def each(change: Callable[[bytes], bytes]) -> Quirk:
    """Every response, changed."""
    return Quirk(say=lambda response, opened: change(response))


def flags(words: bytes) -> Quirk:
    """The bad mail has these among its flags."""
    return row(lambda text: re.sub(rb"FLAGS \(", lambda _: b"FLAGS (" + words + b" ", text))


def value(name: bytes, instead: bytes) -> Quirk:
    """An attribute of the bad mail, up to the next one that Dovecot tells, is something else."""
    wanted = name + rb" (?:\{\d+\}\r\n|\"[^\"]*\"|[^ ()]+|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))"
    return row(lambda text: re.sub(wanted, lambda _: name + b" " + instead, text, count=1))


def header(literal: bytes) -> Quirk:
    """Instead of the header that was asked for."""

    def change(text: bytes) -> bytes:
        found = re.search(rb"(BODY\[HEADER\.FIELDS [^\]]*\]) \{(\d+)\}\r\n", text)
        if found is None:
            return text
        return text[: found.end(1)] + b" " + literal + text[found.end() + int(found[2]) :]

    return row(change)


def both(*quirks: Quirk) -> Quirk:
    def instead(command: bytes, folder: str) -> bytes | None:
        answers = (quirk.instead(command, folder) for quirk in quirks)
        return next((answer for answer in answers if answer is not None), None)

    def say(response: bytes, folder: str) -> bytes:
        for quirk in quirks:
            response = quirk.say(response, folder)
        return response

    return Quirk(instead, say)


def cut_at(what: bytes) -> Quirk:
    """The connection is gone where the bad mail's row would tell ``what``."""
    return row(lambda text: text[:20] + CUT if what in text else text)


def listed(lines: bytes) -> Quirk:
    """Among the folders that it lists it says this too."""

    def change(text: bytes) -> bytes:
        return lines + text if text.startswith(b"* LIST ") and b" Work" in text else text

    return each(change)


def short_literal() -> Quirk:
    """The bad mail's header is announced longer than it is, and then the connection is gone."""

    def change(text: bytes) -> bytes:
        found = re.search(rb"BODY\[HEADER\.FIELDS [^\]]*\] \{(\d+)\}\r\n", text)
        return text[: found.end() + int(found[1]) // 2] + CUT if found else text

    return row(change)


def numbered_work(what: bytes, instead: bytes) -> Quirk:
    """What is told of the numbering of one folder, changed."""

    def say(response: bytes, opened: str) -> bytes:
        ours = opened == "Work"
        if response.startswith(b"* STATUS "):
            ours = response.startswith((b"* STATUS Work", b'* STATUS "Work'))
        return re.sub(what, instead, response) if ours else response

    return Quirk(say=say)
