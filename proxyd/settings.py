"""The configuration as frozen, typed values: one class per section of the TOML file.

It is for everything that starts the program; it must never open a file or a socket, and never hold
a secret (those come by file or environment, see ``[secrets]``). Reading and merging is the business
of ``settings_file``, comparing with the machine that of ``settings_check``.

Invariants: every key has a default and a description, from which ``proxyd conf example`` is made;
an unknown key is an error; paths are absolute once loaded; None is a listener that is off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from proxyd.domain.workflow import HOLD, SHIPPED, StatusSet, StatusWord
from proxyd.settings_section import Section
from proxyd.settings_single_sign_on import SingleSignOnSettings
from proxyd.settings_values import (
    Address,
    HostName,
    Listen,
    OptionalPath,
    PublicAddress,
    ReachedAt,
    WebAddress,
)

MEBIBYTE = 1024 * 1024
STATUS_KEY = r"^[a-z0-9][a-z0-9-]{0,29}$"  # becomes part of an IMAP keyword: an atom, lower case


# ------------------------------------------------------------------ sections


class ServerSettings(Section):
    """This installation."""

    hostname: HostName = Field(
        default="localhost",
        description="The name mail clients use for this machine; the certificate's name.",
    )
    data_dir: OptionalPath = Field(
        default=Path("/var/lib/proxyd"),
        description="Database, master key and cache. Created with mode 0700 on first use.",
    )
    language: Literal["en", "ja"] = Field(
        default="en",
        description='Of what is said to whoever has not signed in yet, "en" or "ja"; each mailbox '
        'has its own. With "ja" further mailboxes stand below 共有, else below Shared.',
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="What is written to standard error: debug, info, warning or error.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description='"text" for people, "json" for one JSON object per line.'
    )


class ImapSettings(Section):
    """The IMAP door. Addresses are "host:port"; "" switches a listener off."""

    tls: Address = Field(
        default=Listen("0.0.0.0", 993),  # noqa: S104
        description="Listener with TLS from the start.",
    )
    starttls: Address = Field(
        default=Listen("0.0.0.0", 143),  # noqa: S104
        description="Listener that demands STARTTLS before sign-in (loopback may do without).",
    )
    max_message_bytes: int = Field(
        default=50 * MEBIBYTE,
        ge=64 * 1024,
        le=1024 * MEBIBYTE,
        description="Largest message a client may store (APPEND). Providers take 25 to 150 MiB.",
    )
    max_connections: int = Field(
        default=1000, ge=1, le=100_000, description="Connections at a time, all clients together."
    )
    max_connections_per_address: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Connections at a time from one IP address. An office behind one address "
        "needs five per person: Thunderbird opens up to five.",
    )
    login_s: int = Field(
        default=60, ge=5, le=3600, description="Seconds a client may take until it has signed in."
    )
    idle_s: int = Field(
        default=1860,
        ge=1800,
        le=86400,
        description="Seconds of silence after which a client is signed out. RFC 9051 §5.4 demands "
        "at least 30 minutes.",
    )
    compress: bool = Field(
        default=False,
        description="Offer COMPRESS=DEFLATE (RFC 4978): lists of mail in a fifth of the octets, "
        "for 90 KiB more memory a connection. Off, because Thunderbird 153 uses it wherever it is "
        "offered, and then shows some changes late (docs/decisions/011-compression.md).",
    )


class SmtpSettings(Section):
    """The door for sending (submission). Addresses as under [imap]."""

    tls: Address = Field(
        default=Listen("0.0.0.0", 465),  # noqa: S104
        description="Listener with TLS from the start.",
    )
    starttls: Address = Field(
        default=Listen("0.0.0.0", 587),  # noqa: S104
        description="Listener that demands STARTTLS before sign-in (loopback may do without).",
    )
    max_message_bytes: int = Field(
        default=35 * MEBIBYTE,
        ge=64 * 1024,
        le=1024 * MEBIBYTE,
        description="Largest message accepted for sending. Not above what your provider takes.",
    )
    max_recipients: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Recipients of one mail. RFC 5321 §4.5.3.1.8 asks for 100.",
    )
    max_connections: int = Field(
        default=200, ge=1, le=100_000, description="Connections at a time, all clients together."
    )
    max_connections_per_address: int = Field(
        default=50, ge=1, le=100_000, description="Connections at a time from one IP address."
    )
    idle_s: int = Field(
        default=300,
        ge=10,
        le=3600,
        description="Seconds a client may be silent. RFC 5321 §4.5.3.2.7 asks for 5 minutes.",
    )


class TlsSettings(Section):
    """The certificate mail clients see."""

    certificate: OptionalPath = Field(
        default=None, description="PEM file: the certificate, followed by the intermediate ones."
    )
    key: OptionalPath = Field(
        default=None,
        description="PEM file: the private key, without a passphrase, readable by proxyd only.",
    )


class HttpSettings(Section):
    """Health and metrics for monitoring, and settings for mail clients. No sign-in: keep it on the
    loopback address.
    """

    listen: Address = Field(
        default=Listen("127.0.0.1", 9180),
        description="/healthz, /readyz and /metrics; and what mail clients ask for, see "
        'docs/client-setup.md. "" switches it off.',
    )
    metrics: bool = Field(default=True, description="Serve /metrics (Prometheus).")


class ConsoleSettings(Section):
    """The web pages that people sign in to: own account, application passwords, second factor."""

    listen: Address = Field(
        default=None,
        description='"127.0.0.1:8025" for this machine and a web server with TLS in front. On any '
        'other address it serves TLS itself, with the certificate of [tls]. "" switches it off.',
    )
    public_url: PublicAddress = Field(
        default="",
        description='What people type, as "https://console.example.com": requests with another '
        "name are refused, and passkeys hold for this one. Empty: http://localhost and the port, "
        "or https:// and server.hostname where it serves TLS itself.",
    )
    proxies: str = Field(
        default="",
        max_length=1000,
        description="Addresses or networks of web servers in front, with blanks between. From them "
        "X-Forwarded-For is taken as the client's address, from nobody else.",
    )
    api_requests_per_s: int = Field(
        default=20,
        ge=1,
        le=10_000,
        description="So many requests a second one token of the HTTP API may make for long, ten "
        "times as many at once; a tenth of them may change something (docs/api.md).",
    )


class ClientSettings(Section):
    """How mail clients reach this machine, where that differs from what is listened on."""

    organisation: str = Field(
        default="",
        max_length=60,
        description="What accounts and sheets are headed with, and the sender's name that "
        "customers see. Empty: the mailbox's address.",
    )
    imap: ReachedAt = Field(
        default="",
        description='"host:port" for mail, as clients see it. Empty: server.hostname and the port '
        "of imap.tls, or that of imap.starttls where there is no TLS listener.",
    )
    smtp: ReachedAt = Field(
        default="", description="The same for sending. Empty: as for mail, from [smtp]."
    )
    web: WebAddress = Field(
        default="",
        description='Where a web server with TLS passes the paths of "proxyd client-setup" on to '
        'http.listen, as "https://autoconfig.example.com". Clients then find their settings, and '
        "Thunderbird follows who comes and goes.",
    )
    ca_file: OptionalPath = Field(
        default=None,
        description="PEM file of the authority that signed the certificate, where it is your own.",
    )


class StoreSettings(Section):
    """Where accounts, states and the access log are kept."""

    path: OptionalPath = Field(
        default=None, description="The database (SQLite). Empty: proxyd.db in server.data_dir."
    )


class SecretsSettings(Section):
    """What the mailboxes' passwords are encrypted with."""

    master_key_file: OptionalPath = Field(
        default=None,
        description="The master key. Empty: master.key in server.data_dir, created on first use. "
        "The environment variable PROXYD_MASTER_KEY goes before both.",
    )


class PasswordSettings(Section):
    """How people's passwords are hashed (argon2id, RFC 9106). A hash that was made with others is
    renewed when its owner signs in.
    """

    memory_kib: int = Field(
        default=19 * 1024,
        ge=7 * 1024,
        le=1024 * 1024,
        description="Memory one check takes, in KiB. OWASP's least are 19456 with 2 passes, or "
        "7168 with 5. Twice the memory takes twice the time.",
    )
    passes: int = Field(default=2, ge=1, le=20, description="Passes over that memory.")
    lanes: int = Field(default=1, ge=1, le=16, description="Lanes that can be computed at once.")
    threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Passwords checked at a time. Each takes a core for 20 ms, and that memory.",
    )

    @property
    def parameters(self) -> dict[str, int]:
        """As ``PasswordHasher`` takes them."""
        return {"memory_kib": self.memory_kib, "passes": self.passes, "lanes": self.lanes}


class UpstreamSettings(Section):
    """How the provider's servers are used."""

    connections: int = Field(
        default=3,
        ge=2,
        le=15,
        description="IMAP connections per shared mailbox, however many clients there are. Gmail "
        "allows 15 in all, other programs included.",
    )
    poll_s: int = Field(
        default=20,
        ge=1,
        le=3600,
        description="Seconds between looks at what the provider does not announce by itself.",
    )
    connect_s: int = Field(
        default=20,
        ge=1,
        le=300,
        description="Seconds until a connection to the provider must stand, and as many again "
        "until the provider must have greeted.",
    )
    command_s: int = Field(
        default=60,
        ge=5,
        le=3600,
        description="Seconds without any progress until a command is given up.",
    )
    look_again_s: int = Field(
        default=600,
        ge=5,
        le=86_400,
        description="Most seconds until the provider is asked once more for a mail that it could "
        "not give. The first pause is 5 seconds, each further one twice as long. A folder is asked "
        "for again after at most a minute, or after so long if that is less.",
    )


class CacheSettings(Section):
    """What is kept of mails, so that the provider is asked once. It may be deleted at any time."""

    directory: OptionalPath = Field(
        default=None,
        description="Empty: cache in server.data_dir. Everything in it is encrypted under a key "
        "derived from the master key.",
    )
    disk_bytes: int = Field(
        default=1024 * MEBIBYTE,
        ge=0,
        le=1024 * 1024 * MEBIBYTE,
        description="Most of it on disk, all mailboxes together; what was read longest ago goes "
        "first. 0: nothing is written.",
    )
    memory_bytes: int = Field(
        default=64 * MEBIBYTE,
        ge=MEBIBYTE,
        le=64 * 1024 * MEBIBYTE,
        description="Most of it in memory. The lists of 10,000 mails take about 25 MiB.",
    )


class StatusSetting(Section):
    key: str = Field(pattern=STATUS_KEY)
    en: str = Field(min_length=1, max_length=60)
    ja: str = Field(min_length=1, max_length=60)
    stops: bool = Field(default_factory=lambda given: given.get("key") == HOLD)


SHIPPED_STATUSES = tuple(
    StatusSetting(key=one.key, en=one.en, ja=one.ja, stops=one.stops) for one in SHIPPED.words
)


class WorkflowSettings(Section):
    """Statuses, and the folders made from them. A status' key is the keyword $status-KEY."""

    statuses: tuple[StatusSetting, ...] = Field(
        default=SHIPPED_STATUSES,
        strict=False,
        min_length=2,
        max_length=20,
        description="In the order of the folders. A key can't be renamed while mails have it. What "
        "stops asks colleagues not to answer yet; left out, only the key hold does.",
    )
    initial: str = Field(
        default=SHIPPED.initial, description="The status a new mail gives its conversation."
    )
    answered: str = Field(
        default=SHIPPED.answered, description="The status an answer gives its conversation."
    )

    @property
    def status_set(self) -> StatusSet:
        words = tuple(StatusWord(one.key, one.en, one.ja, one.stops) for one in self.statuses)
        return StatusSet(words, initial=self.initial, answered=self.answered)


class LogSettings(Section):
    """The access log."""

    anchor_file: OptionalPath = Field(
        default=None,
        description="Number and digest of the last record, so that a cut tail is noticed. "
        "Empty: log-head in server.data_dir; better on another machine's disk.",
    )


class Settings(Section):
    """All of it."""

    server: ServerSettings = ServerSettings()
    imap: ImapSettings = ImapSettings()
    smtp: SmtpSettings = SmtpSettings()
    tls: TlsSettings = TlsSettings()
    http: HttpSettings = HttpSettings()
    console: ConsoleSettings = ConsoleSettings()
    clients: ClientSettings = ClientSettings()
    store: StoreSettings = StoreSettings()
    secrets: SecretsSettings = SecretsSettings()
    passwords: PasswordSettings = PasswordSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    cache: CacheSettings = CacheSettings()
    workflow: WorkflowSettings = WorkflowSettings()
    single_sign_on: SingleSignOnSettings = SingleSignOnSettings()
    log: LogSettings = LogSettings()

    @property
    def data_dir(self) -> Path:
        return self.server.data_dir or Path("/var/lib/proxyd")

    @property
    def database(self) -> Path:
        return self.store.path or self.data_dir / "proxyd.db"

    @property
    def master_key_file(self) -> Path:
        return self.secrets.master_key_file or self.data_dir / "master.key"

    @property
    def cache_directory(self) -> Path:
        return self.cache.directory or self.data_dir / "cache"

    @property
    def anchor_file(self) -> Path:
        return self.log.anchor_file or self.data_dir / "log-head"

    def as_toml_values(self) -> dict[str, dict[str, Any]]:
        """Section → key → plain value, as it stands in a TOML file."""
        return self.model_dump(mode="python")
