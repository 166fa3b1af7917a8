"""What was wrong with received bytes. Turned into BAD by the edge that received them.

``text`` is a short reason in ASCII without line ends, so that it may be sent as it stands; it never
quotes what the client sent.
"""

from __future__ import annotations


class BadSyntax(ValueError):
    """The bytes are not what the grammar allows there.

    ``tag`` is None until the command's tag is known; ``parse_command`` fills it in.
    """

    def __init__(self, text: str, tag: bytes | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.tag = tag


class BadName(BadSyntax):
    """A mailbox name that is broken modified UTF-7 (RFC 3501 §5.1.3) or has control characters."""


class NotEncoded(BadName):
    """A string that is no encoding of any name: the grammar has nothing against it."""


class UnknownCommand(BadSyntax):
    """A well-formed tag, and a command name this grammar does not have."""
