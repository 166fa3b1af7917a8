"""The nouns of docs/glossary.md as frozen values.

They cross every layer, so they know nothing of SQL, sockets or IMAP syntax. Times are integers in
microseconds since the epoch, UTC (``…_us``); sizes are octets; names of folders and views are str.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

from proxyd.domain.networks import Network
from proxyd.domain.policy import Policy


class Role(StrEnum):
    """What an account is for. Reading mail never follows from a role, only from a grant."""

    STAFF = "staff"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Right(IntEnum):
    """A grant on one shared mailbox; a higher right includes the lower ones. Who has *respond with
    approval* may do all that *respond* may, but that what they send waits for somebody's word.
    """

    READ = 1
    RESPOND = 2
    RESPOND_WITH_APPROVAL = 3
    MANAGE = 4

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, word: str) -> Right:
        """The right of that word. Raises ValueError for another one."""
        by_word = {right.word: right for right in cls}
        if word.lower() not in by_word:
            raise ValueError(f"{word!r} is not a right: {', '.join(by_word)}")
        return by_word[word.lower()]


class SeenMode(StrEnum):
    """Whose \\Seen flag is: every person's own, or the provider's, shared by all."""

    PERSON = "person"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Account:
    """A person (or an admin, an auditor) with an own login."""

    id: int
    login: str  # lower case, [a-z0-9._-]
    name: str  # as shown to colleagues, any Unicode
    role: Role
    disabled: bool
    grants: Mapping[int, Right]  # mailbox id → right, in the order of the folder tree
    away_until_us: int | None = None  # no new work until then
    networks: tuple[Network, ...] = ()  # may come in only from there; none: from anywhere
    app_passwords_only: bool = False  # the person's own password opens no mail door
    left_us: int | None = None  # works here no more; disabled as well
    second_factor: bool = False  # the password alone opens nothing but the way to it
    passkeys: bool = False  # there are some
    created_us: int = field(default=0, compare=False)  # who had the login before is another

    def is_away(self, now_us: int) -> bool:
        return self.away_until_us is not None and now_us < self.away_until_us

    def can_answer(self, mailbox_id: int, now_us: int) -> bool:
        """Whether this person is there and may work on the shared mailbox."""
        there = not self.disabled and not self.is_away(now_us)
        return there and self.grants.get(mailbox_id, 0) >= Right.RESPOND


@dataclass(frozen=True, slots=True)
class Server:
    """One upstream server and the user to sign in as."""

    host: str
    port: int
    security: str  # "tls", "starttls" or "plain" (loopback only)
    user: str
    ca_file: str | None = None  # PEM file that signed the server's certificate, where private


@dataclass(frozen=True, slots=True)
class SharedMailbox:
    """One real account upstream that several people use. The password is not in here."""

    id: int
    name: str
    address: str
    aliases: tuple[str, ...]
    language: str  # "en" or "ja"
    seen: SeenMode
    imap: Server
    smtp: Server
    policy: Policy = Policy()  # noqa: RUF009 - frozen

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an access comes from; stands in every record of the access log."""

    door: str  # "imap", "smtp", "web", "api", "cli", "proxyd"
    address: str = ""  # the peer's IP address
    client: str = ""  # what the client says of itself (ID, EHLO, User-Agent)
    session: str = ""  # a random word per connection


class Blob(Protocol):
    """Octets of known length that need not be in memory; may be read several times."""

    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]:
        """The octets in order, in pieces of at most 64 KiB."""
        ...


@dataclass(frozen=True, slots=True)
class BytesBlob:
    """A Blob held in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), 65536):
            yield self.data[start : start + 65536]


Clock = Callable[[], int]  # now, in microseconds since the epoch


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One access, before it is numbered and chained. Never a body, never a secret."""

    action: str  # see domain/events.py: Action
    # "ok", "refused", "failed"; "unsure": nobody has heard what came of it.
    outcome: str = "ok"
    actor: str = ""  # login; kept as text, so that it survives the account
    mailbox: str = ""
    view: str = ""  # the folder or virtual folder as the client names it
    message_id: str = ""
    subject_digest: str = ""
    conversation: int | None = None
    origin: Origin = field(default_factory=lambda: Origin("proxyd"))
    detail: Mapping[str, object] = field(default_factory=dict)  # JSON values


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something at a shared mailbox's provider that is not as it should be, for an admin."""

    mailbox: str
    kind: str  # one of a small fixed set, see service/mailbox/condition.py
    folder: str  # "" where it is not about one
    uids: tuple[int, ...]  # the provider's; empty where it is not about single mails
    since_us: int
    serious: bool  # mail does not come in
    told: str  # the sentence


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What between a shared mailbox and its provider is not done yet."""

    line_seconds: float  # since the line is up, or down
    owed: int  # changes of flags the provider has still to be told of
    owed_seconds: float  # the oldest of them; 0 where there are none
    unread: int  # mails of big folders that are being read for the first time
    leaving: int = 0  # mails that wait before they leave
