"""The fakes of this folder as fixtures (tests are imported by path, so modules are not found)."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

import imap_fakes


@pytest.fixture
def world() -> imap_fakes.World:
    return imap_fakes.standard_world()


@pytest.fixture
async def connect(world: imap_fakes.World) -> AsyncIterator[Callable[..., Any]]:
    """Opens clients to the world and ends them all."""
    clients: list[imap_fakes.Client] = []

    def make(**options: Any) -> imap_fakes.Client:
        clients.append(imap_fakes.Client(world, **options))
        return clients[-1]

    yield make
    for client in clients:
        await client.leave()
