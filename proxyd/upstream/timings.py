"""Every time span of the upstream adapter, in seconds, with the reason for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Tests shorten them; an installation may change those that its settings name."""

    connect: float = 10.0  # TCP; people wait for it, and a reachable server needs under one
    greeting: float = 20.0  # TLS handshake and first line; a busy provider may ponder a while
    stall: float = 60.0  # a command that neither sends nor receives: a long SEARCH may think
    idle_renew: float = 240.0  # NATs drop quiet lines from 5 minutes on; RFC 2177 allows 29
    poll: float = 5.0  # NOOP where the server has no IDLE
    keep: float = 120.0  # an unused worker connection: well below any autologout (30 minutes)
    retry_first: float = 1.0  # after a failed attempt to connect; doubles each time …
    retry_most: float = 60.0  # … up to this: an outage ends unnoticed for a minute at most
    refused: float = 300.0  # after a refused password: providers lock accounts that insist
    knock: float = 0.5  # who wants something of a provider that was down waits this long, not more
    crowded: float = 60.0  # until one more connection is tried again that was refused; doubles …
    crowded_most: float = 1800.0  # … up to this: somebody else uses them, perhaps all day
    slow: float = 2.0  # without bulk work, after a provider said it was too much; doubles …
    slow_most: float = 120.0  # … up to this: Gmail counts by the minute
    # What a provider could not tell is asked for again at doubling distances, up to this: an alarm
    # ends by itself in minutes, and a mail that is lost for good costs next to nothing.
    look_again: float = 600.0
    unheard: float = 5.0  # a job nobody waits for: what takes longer costs more than a new sign-in
    settled: float = 30.0  # a line that held this long was no part of a series of failures
    logout: float = 1.0  # politeness has an end at shutdown
    smtp_reply: float = 60.0  # RFC 5321 §4.5.3.2 has 5 minutes, but somebody is watching
    smtp_kept_reply: float = 10.0  # on a line that was kept: a dead one must not cost a minute
    smtp_keep: float = 30.0  # an unused line for sending: servers wait 5 minutes (§4.5.3.2.7)
    smtp_final: float = 300.0  # after the final dot: waiting is better than not knowing
