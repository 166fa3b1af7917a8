"""Limits and timeouts of the IMAP door, each argued; the composition root may change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from proxyd.imapwire.framer import Limits, Spool


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """One listening address. Without implicit TLS the door offers STARTTLS."""

    host: str
    port: int  # 0 takes a free one
    implicit_tls: bool


@dataclass(frozen=True, slots=True)
class Options:
    """Numbers a session obeys. Seconds are ``…_s``."""

    language: str = "en"  # until it is known whose mailbox it is

    # Three sign-in attempts by a person need less; a robot gets no more.
    login_s: float = 60.0
    # Of a TLS handshake, from accepting or from STARTTLS: three round trips of any line in use.
    handshake_s: float = 20.0
    # RFC 9051 §5.4 asks for at least 30 minutes; clients renew at 29.
    idle_s: float = 31 * 60.0
    # Dovecot's imap_idle_notify_interval: keeps NAT entries alive, finds dead peers.
    keepalive_s: float = 120.0
    # RFC 9585 §4: not so often that it is noise; clients' patience with silence begins at 30 s.
    progress_s: float = 10.0
    # Counting 10,000 mails takes milliseconds, for each client and folder (NOTIFY, RFC 5465).
    notify_pace_s: float = 1.0
    # 64 KiB in a minute is slower than any line in use; whoever is slower has stopped reading.
    stall_s: float = 60.0
    # Promise 7: an ended session's socket is closed within a second, read or not.
    close_grace_s: float = 0.8
    # Wrong passwords cost the guesser time on each connection; a person does not notice it.
    failure_delay_s: float = 1.0
    # Thunderbird tries PLAIN, LOGIN and the old LOGIN command before it asks its user.
    login_failures: int = 5
    # Octets waiting unread before the socket is left alone: one read of Twisted's is 64 KiB.
    read_ahead: int = 64 * 1024
    # A session is some tens of KB; an office behind one address has 5 connections per person.
    connections: int = 2000
    connections_per_address: int = 250
    compress: bool = False  # offer COMPRESS=DEFLATE
    limits: Limits = field(default_factory=Limits)
    spool: Callable[[int], Spool] | None = None  # where big messages go while they arrive


@dataclass(frozen=True, slots=True)
class Meter:
    """Where counts go. The names of metrics are telemetry's business."""

    command: Callable[[str, str, float], None] = lambda _name, _outcome, _seconds: None
    sessions: Callable[[int], None] = lambda _difference: None
    # Why, and from which address.
    turned_away: Callable[[str, str], None] = lambda _reason, _address: None
