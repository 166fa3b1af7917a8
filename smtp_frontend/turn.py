"""Waiting for one's turn to begin a handshake (proxyd/domain/one_a_turn.py)."""

from __future__ import annotations

import asyncio

from proxyd.domain.one_a_turn import OneATurn


async def turn(turns: OneATurn, address: str) -> None:
    """Returns when it has come; cancelled, it gives its place up."""
    mine = asyncio.Event()
    turns.wait(mine.set, address)
    try:
        await mine.wait()
    finally:
        turns.leave(mine.set)
