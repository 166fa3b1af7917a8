"""Limits and timeouts of the submission door, each argued; the composition root may change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """One listening address. Without implicit TLS the door offers STARTTLS."""

    host: str
    port: int  # 0 takes a free one
    implicit_tls: bool


@dataclass(frozen=True, slots=True)
class Options:
    """Numbers a connection obeys. Seconds are ``…_s``."""

    language: str = "en"  # until it is known whose mailbox it is

    hostname: str = "localhost"
    # What Gmail and Microsoft 365 take at most.
    max_message_bytes: int = 35 * 1024 * 1024
    # Of all mails being received at once; each is copied a few times on its way. Fifteen of the
    # biggest: more of them at one time are an attack, or a moment to wait.
    receiving_bytes: int = 512 * 1024 * 1024
    # RFC 5321 §4.5.3.1.8 asks for at least 100.
    max_recipients: int = 100
    connections: int = 200
    # A whole office may come from one address.
    connections_per_address: int = 50
    # RFC 5321 §4.5.3.2.7 asks for 5 minutes.
    idle_s: float = 300.0
    # From connecting to signing in; a person types no SMTP, so this is generous.
    login_s: float = 60.0
    handshake_s: float = 20.0
    # Each wrong password was already slow (argon2); a robot gets no more per connection.
    login_failures: int = 3
    # As at the IMAP door; a person does not notice it.
    failure_delay_s: float = 1.0
    # Promise 7: an ended session's socket is closed within a second, read or not.
    close_grace_s: float = 0.6
    # Signing in without TLS from this very machine (tests, a local gateway).
    plain_on_loopback: bool = True


@dataclass(frozen=True, slots=True)
class Meter:
    """Where counts go. The names of metrics are telemetry's business."""

    command: Callable[[str, str, float], None] = lambda _name, _outcome, _seconds: None
    sessions: Callable[[int], None] = lambda _difference: None
    # Why, and from which address.
    turned_away: Callable[[str, str], None] = lambda _reason, _address: None
