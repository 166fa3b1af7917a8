"""What the tests of the wire share: octets in, events or commands out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from proxyd.imapwire.command import Tagged, parse_command
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import BadFrame, Frame, FramerEvent, Literal, NeedContinuation
from proxyd.imapwire.framer import CommandFramer
from proxyd.imapwire.tokens import Cursor


def framed(pieces: Iterable[bytes], framer: CommandFramer | None = None) -> list[FramerEvent]:
    """Every event of a (signed-in) connection that sends these pieces."""
    if framer is None:
        framer = CommandFramer()
        framer.authenticated = True
    events: list[FramerEvent] = []
    for piece in pieces:
        framer.feed(piece)
        while (event := framer.next()) is not None:
            events.append(event)
    return events


def one_frame(line: bytes) -> Frame:
    """The one command that ``line`` (without its CRLF) is."""
    events = [e for e in framed([line + b"\r\n"]) if not isinstance(e, NeedContinuation)]
    assert len(events) == 1, events
    frame = events[0]
    if isinstance(frame, BadFrame):
        raise BadSyntax(frame.text, frame.tag)
    assert isinstance(frame, Frame)
    return frame


def parsed(line: bytes) -> Tagged:
    return parse_command(one_frame(line))


@pytest.fixture
def frame_all() -> Callable[..., list[FramerEvent]]:
    return framed


@pytest.fixture
def parse() -> Callable[[bytes], Tagged]:
    """A command of hand-written octets, literals as ``{n+}CRLF...``."""
    return parsed


@pytest.fixture
def refused() -> Callable[[bytes], BadSyntax]:
    """The error of a command that must be refused, which must carry its tag ``a1``."""

    def refuse(arguments: bytes) -> BadSyntax:
        with pytest.raises(BadSyntax) as caught:
            parsed(b"a1 " + arguments)
        assert caught.value.tag == b"a1"
        assert caught.value.text.isascii()
        assert caught.value.text.isprintable()
        return caught.value

    return refuse


@pytest.fixture
def cursor() -> Callable[..., Cursor]:
    """A cursor over text and literals, given as bytes in turn."""

    def make(*parts: bytes) -> Cursor:
        mixed = (
            Literal(part, len(part)) if number % 2 else part for number, part in enumerate(parts)
        )
        return Cursor(Frame(tuple(mixed)))

    return make
