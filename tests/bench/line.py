"""A long, thin line: ``python -m tests.bench.line PORT …``, a process of its own.

Prints a port for each of those named; what goes through takes half the round trip each way, and all
connections of a direction share the line's octets a second, as at an office's router. A queue of
QUEUE_S stands before the line; who sends more waits.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

ROUND_TRIP_S = 0.040
OCTETS_S = 20_000_000 / 8
QUEUE_S = 0.1
CHUNK = 16_384  # small against QUEUE_S × OCTETS_S, so that connections share evenly


class Direction:
    """When the line is free again, for all connections together."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def sent(self, octets: int, now: float) -> float:
        """Put so much on the line; when its last octet arrives."""
        self._free_at = max(now, self._free_at) + octets / OCTETS_S
        return self._free_at + ROUND_TRIP_S / 2

    def wait_s(self, now: float) -> float:
        """Until there is room in the queue."""
        return max(0.0, self._free_at - now - QUEUE_S)


async def carried(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, direction: Direction
) -> None:
    loop = asyncio.get_running_loop()
    arrives = loop.time() + ROUND_TRIP_S / 2
    while data := await source.read(CHUNK):
        arrives = direction.sent(len(data), loop.time())
        loop.call_at(arrives, _write, target, data)
        await asyncio.sleep(direction.wait_s(loop.time()))
    loop.call_at(max(arrives, loop.time()), target.close)


def _write(target: asyncio.StreamWriter, data: bytes) -> None:
    if not target.is_closing():
        target.write(data)


async def serve(port: int, up: Direction, down: Direction) -> int:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1.5 * ROUND_TRIP_S)  # SYN, its answer, and the third packet
        answers, asks = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(carried(reader, asks, up), carried(answers, writer, down))
        except (OSError, asyncio.CancelledError):  # of an end, or at the end of everything
            asks.close()
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    return cast(int, server.sockets[0].getsockname()[1])


async def main(ports: list[int]) -> None:
    up, down = Direction(), Direction()
    print(*[await serve(port, up, down) for port in ports], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until its end


if __name__ == "__main__":
    uvloop.run(main([int(word) for word in sys.argv[1:]]))
