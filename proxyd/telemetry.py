"""What the program tells about itself: Prometheus metrics and log lines.

The only module that names metrics and log fields; ``app`` and the edges report facts to it, the
services reach it through callbacks. It must never be told a secret, a subject or a body, and its
labels are from small fixed sets: a login, address or message in a label would grow without bound.

Invariant: one log record is one line, whatever a peer put into it.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Collection, Mapping
from typing import TextIO

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

# From "answered from memory" to "the provider is slow"; a command above 10 s has timed out.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# A log line longer than this is cut: a peer must not be able to fill the disk with one line.
MAX_LINE = 8192


class Metrics:
    """The metrics of one running proxy; its own registry, so that tests can have several."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        self._refresh: list[Callable[[], None]] = []
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        build = Gauge("proxyd_build_info", "Always 1.", ["version"], registry=registry)
        build.labels(version).set(1)
        self._sessions = Gauge(
            "proxyd_sessions", "Open client connections.", ["door"], registry=registry
        )
        self._commands = Histogram(
            "proxyd_command_seconds",
            "From the command's last octet to its answer's last octet.",
            ["door", "command", "outcome"],
            buckets=SECONDS,
            registry=registry,
        )
        self._turned_away = Counter(
            "proxyd_turned_away",
            "Connections closed before they were served.",
            ["door", "reason"],
            registry=registry,
        )
        self._sign_ins = Counter(
            "proxyd_sign_ins",
            "Sign-ins at all doors: ok, refused, busy (too many wait; not looked at), or left (the "
            "client hung up before the answer).",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("ok", "refused", "busy", "left"):
            self._sign_ins.labels(outcome)
        self._sign_ins_waiting = Gauge(
            "proxyd_sign_ins_waiting",
            "Sign-ins that wait because others failed from there (turn), or for a thread (check).",
            ["for"],
            registry=registry,
        )
        self._line = Gauge(
            "proxyd_upstream_up",
            "1 while the provider's IMAP server answers.",
            ["mailbox"],
            registry=registry,
        )
        self._line_events = Counter(
            "proxyd_upstream_events",
            "What happened to connections to the provider's IMAP server: opened, closed, lost, "
            "failed, refused (the password), limited (one too many), slowed (too much work), "
            "retried, dropped.",
            ["mailbox", "event"],
            registry=registry,
        )
        self._limited = Gauge(
            "proxyd_upstream_limited",
            "1 while the provider gives fewer connections than upstream.connections.",
            ["mailbox"],
            registry=registry,
        )
        self._conversations = Gauge(
            "proxyd_conversations",
            "Conversations in which a customer waits for an answer (waits), too long among them "
            "(overdue), and which come back from hold on a day (held).",
            ["mailbox", "state"],
            registry=registry,
        )
        self._copied_much = Gauge(
            "proxyd_copied_much",
            "People who copied far more mail today than is usual for them.",
            ["mailbox"],
            registry=registry,
        )
        gauges = {
            "line_seconds": "Since the provider's IMAP server answers, or does not.",
            "owed": "Changes of flags that were acknowledged and the provider has yet to be told.",
            "owed_seconds": "The age of the oldest of them.",
            "unread": "Mails of big folders that are still to be read for the first time.",
            "leaving": "Mails that wait before they leave: for their time, or for approval.",
        }
        self._waiting = {
            name: Gauge(f"proxyd_upstream_{name}", text, ["mailbox"], registry=registry)
            for name, text in gauges.items()
        }
        self._troubles = Gauge(
            "proxyd_upstream_troubles",
            "What is not as it should be at the provider: 1 (provider, listening, names), or how "
            "many folders (folder) or mails (mails, flags).",
            ["mailbox", "kind"],
            registry=registry,
        )
        self._disk = Gauge(
            "proxyd_disk_troubles",
            "File systems that take nothing any more; above 0 nobody can be served.",
            registry=registry,
        )
        self._submissions = Counter(
            "proxyd_submissions",
            "Mails handed in for sending, by what came of them (a guard's name: it stopped one).",
            ["outcome"],
            registry=registry,
        )
        self._commits = Histogram(
            "proxyd_commit_units",
            "Units of work per database commit.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=registry,
        )
        self._cache_reads = Counter(
            "proxyd_cache_reads",
            "Header fields and the like (small), and bodies, by whether the provider was spared.",
            ["kind", "result"],
            registry=registry,
        )
        self._cache_troubles = Counter(
            "proxyd_cache_troubles",
            "Files of the cache found damaged (and fetched again), and what could not be written.",
            ["what"],
            registry=registry,
        )
        self._cache_octets = Gauge(
            "proxyd_cache_octets", "What is kept of mails.", ["where"], registry=registry
        )
        self._cache_seen: dict[str, int] = {}
        self._expires = Gauge(
            "proxyd_certificate_expires_seconds",
            "When the certificate that clients are shown ends, in seconds since the epoch.",
            registry=registry,
        )
        self._stale = Gauge(
            "proxyd_certificate_stale",
            "1 while the files hold another certificate, which can't be served.",
            registry=registry,
        )

    def certificate(self, expires: float, stale: bool) -> None:  # noqa: FBT001 - a callback
        """``expires``: of the one that is served, in seconds since the epoch."""
        self._expires.set(expires)
        self._stale.set(stale)

    def sessions(self, door: str, difference: int) -> None:
        """One more (1) or one fewer (-1) of them."""
        self._sessions.labels(door).inc(difference)

    def turned_away(self, door: str, reason: str) -> None:
        self._turned_away.labels(door, reason).inc()

    def sign_in(self, outcome: str) -> None:
        self._sign_ins.labels(outcome).inc()

    def sign_ins_waiting(self, counts: Mapping[str, int]) -> None:
        for why, count in counts.items():
            self._sign_ins_waiting.labels(why).set(count)

    def command(self, door: str, command: str, outcome: str, seconds: float) -> None:
        """``command`` from the door's own table, never as the client wrote it."""
        self._commands.labels(door, command, outcome).observe(seconds)

    def upstream_lines(self, up: Mapping[str, bool], limited: Collection[str] = ()) -> None:
        """All shared mailboxes there are now, by name; others are forgotten."""
        self._line.clear()
        self._limited.clear()
        for mailbox, answers in up.items():
            self._line.labels(mailbox).set(answers)
            self._limited.labels(mailbox).set(mailbox in limited)

    def copied_much(self, people: Mapping[str, int]) -> None:
        """By mailbox; others are forgotten."""
        self._copied_much.clear()
        for mailbox, count in people.items():
            self._copied_much.labels(mailbox).set(count)

    def waiting(self, mailboxes: Mapping[str, Mapping[str, float]]) -> None:
        """By mailbox: what is not done yet, by the names of domain.types.Waiting."""
        for name, gauge in self._waiting.items():
            gauge.clear()
            for mailbox, each in mailboxes.items():
                gauge.labels(mailbox).set(each[name])

    def conversations(self, mailboxes: Mapping[str, Mapping[str, int]]) -> None:
        """By mailbox and state, those of 0 too."""
        self._conversations.clear()
        for mailbox, states in mailboxes.items():
            for state, count in states.items():
                self._conversations.labels(mailbox, state).set(count)

    def disk(self, troubles: int) -> None:
        self._disk.set(troubles)

    def troubles(self, counts: Mapping[tuple[str, str], int]) -> None:
        """By mailbox and kind, those of 0 too, by the names of service/mailbox/condition.py."""
        self._troubles.clear()
        for (mailbox, kind), count in counts.items():
            self._troubles.labels(mailbox, kind).set(count)

    def upstream_event(self, mailbox: str, event: str) -> None:
        """``event``: one of those that upstream.connections.World names."""
        self._line_events.labels(mailbox, event).inc()

    def submission(self, outcome: str) -> None:
        """``outcome``: sent, repeated, failed, sender, a guard's name, or override- and that."""
        self._submissions.labels(outcome).inc()

    def commit(self, units: int) -> None:
        self._commits.observe(units)

    def cache(self, counts: Mapping[str, int], octets: Mapping[str, int]) -> None:
        """``counts`` since the start, by the names of upstream/cache/counts.py; ``octets`` now."""
        series = {
            "small_hits": self._cache_reads.labels("small", "hit"),
            "small_misses": self._cache_reads.labels("small", "miss"),
            "body_hits": self._cache_reads.labels("body", "hit"),
            "body_misses": self._cache_reads.labels("body", "miss"),
            "damaged": self._cache_troubles.labels("damaged"),
            "unwritten": self._cache_troubles.labels("unwritten"),
        }
        for name, counter in series.items():
            counter.inc(counts[name] - self._cache_seen.get(name, 0))
        self._cache_seen = dict(counts)
        for where, size in octets.items():
            self._cache_octets.labels(where).set(size)

    def before_reading(self, refresh: Callable[[], None]) -> None:
        """``refresh`` brings gauges up to date; called whenever the metrics are asked for."""
        self._refresh.append(refresh)

    def render(self) -> bytes:
        """In the text format Prometheus reads."""
        for refresh in self._refresh:
            refresh()
        return generate_latest(self.registry)


# ------------------------------------------------------------------ log lines


def visible(text: str) -> str:
    """Control characters escaped: no peer writes a line of its own or colours a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _time(record: logging.LogRecord) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{stamp}.{int(record.msecs):03d}Z"


class TextLines(logging.Formatter):
    """``time level logger message``, a traceback folded into the same line."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        line = f"{_time(record)} {record.levelname.lower()} {record.name} {visible(text)}"
        return line[:MAX_LINE]


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:MAX_LINE],
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)[:MAX_LINE]
        return json.dumps(fields, ensure_ascii=True)


def configure_logging(level: str, style: str, stream: TextIO | None = None) -> None:
    """Everything logged goes to ``stream`` (standard error), as "text" or "json" lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # These tell of every statement, SMTP line and HTTP request at "info", addresses and text
    # included.
    for chatty in ("sqlalchemy", "alembic", "aiosmtpd", "asyncio", "httpx2", "httpcore2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # aiosmtpd's own, and uvicorn's: they warn of each thing a client does wrong, which a peer can
    # do all day. The doors count it.
    for warning in ("mail.log", "uvicorn"):
        logging.getLogger(warning).setLevel(logging.ERROR)
