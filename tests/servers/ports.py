"""Ports for what must know its own before it listens: servers with a configuration file."""

from __future__ import annotations

import socket
from pathlib import Path
from random import SystemRandom

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST = 10_000


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at this moment, and that the system gives to nobody who asks for
    any: they are still free when the server comes to listen, or after a restart.
    """
    below = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    dice, found = SystemRandom(), set[int]()
    while len(found) < count:
        port = dice.randrange(_FIRST, below) if below > _FIRST else 0
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody's
            found.add(one.getsockname()[1])
    return list(found)
