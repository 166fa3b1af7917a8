"""The composition root: the only place that may import everything, and nobody imports it.

``serve.py`` puts the parts together and starts them in order, ``demo.py`` does so on embedded
defaults.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from proxyd import runtime, telemetry
from proxyd.app.demo import Demo
from proxyd.app.serve import Proxy
from proxyd.domain.errors import BadInput, ProxydError
from proxyd.runtime import Lifetime
from proxyd.settings import Settings
from proxyd.store.damage import damage
from proxyd.store.running import AlreadyRunning

_log = logging.getLogger(__name__)

COULD_NOT = 1  # exit code: the machine or the other side is in the way, not what was typed


def run(settings: Settings) -> int:
    """Serve until a signal. Returns the exit code."""
    telemetry.configure_logging(settings.server.log_level, settings.server.log_format)

    async def start(lifetime: Lifetime) -> None:
        proxy = Proxy(settings)
        await proxy.start(lifetime)
        _log.info("ready: %s", proxy.listening())

    try:
        return _run(start)
    except Exception:  # whatever failed: a damaged database is its likely cause, and has a remedy
        harm = damage(settings.database)
        if harm is None:
            raise
        sys.stderr.write(f"proxyd: {harm}\n")
        return COULD_NOT


def run_demo(data: Path | None, language: str | None, *, as_json: bool) -> int:
    """The demo until a signal. Returns the exit code. Raises BadInput for ``data``."""
    demo = Demo(data, language)
    demo.prepare()
    telemetry.configure_logging("warning", "text")

    async def start(lifetime: Lifetime) -> None:
        await demo.start(lifetime)
        sys.stdout.write(demo.as_json() if as_json else demo.as_text())
        sys.stdout.flush()

    return _run(start)


def _run(start: Callable[[Lifetime], Awaitable[None]]) -> int:
    try:
        runtime.run(start)
    except BadInput:  # typing something else helps; whoever typed it is told
        raise
    except (ProxydError, AlreadyRunning, OSError) as error:
        sys.stderr.write(f"proxyd: {error}\n")
        return COULD_NOT
    return 0
