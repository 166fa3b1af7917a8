"""A provider's servers that a test plays: each step is well, or what the test says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeFault, ProbeStep
from proxyd.domain.types import SharedMailbox
from tests.patience import PATIENCE_S

FACTS = {
    ProbeStep.SECURED: {"tls": "TLSv1.3"},
    ProbeStep.FOLDERS: {"folders": "6", "mails": "12"},
    ProbeStep.KEYWORDS: {"kept": "yes"},
    ProbeStep.SENDING_SECURED: {"tls": "TLSv1.3"},
    ProbeStep.SENDING_SIGNED_IN: {"largest": "35"},
}


@dataclass
class PlayedProbe:
    """domain/ports/mailbox_probe.MailboxProbe. ``password``: refused are all but this one."""

    password: str = ""
    faults: dict[ProbeStep, tuple[ProbeFault, dict[str, str]]] = field(default_factory=dict)
    asked: list[tuple[SharedMailbox, str]] = field(default_factory=list)
    held_up: asyncio.Event | None = None  # nothing goes on before it is set
    broken: Exception | None = None

    async def run(
        self, mailbox: SharedMailbox, password: str, told: Callable[[ProbedStep], None]
    ) -> None:
        self.asked.append((mailbox, password))
        for steps, server in ((READING_STEPS, mailbox.imap), (SENDING_STEPS, mailbox.smtp)):
            place = {"host": server.host, "port": str(server.port), "user": server.user}
            for step in steps:
                fault, more = self._of(step, password)
                told(ProbedStep(step, 120, fault, {**FACTS.get(step, {}), **more, **place}))
                if fault is not None:
                    break
                if self.held_up is not None:
                    await self.held_up.wait()
        if self.broken is not None:
            raise self.broken

    def _of(self, step: ProbeStep, password: str) -> tuple[ProbeFault | None, dict[str, str]]:
        if step in self.faults:
            return self.faults[step]
        signs_in = step in (ProbeStep.SIGNED_IN, ProbeStep.SENDING_SIGNED_IN)
        if signs_in and self.password not in ("", password):
            return ProbeFault.PASSWORD, {"said": "no such user"}
        return None, {}


async def eventually(true: Callable[[], object]) -> None:
    """What a thread of the database's writes is waited for, by its outcome alone."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


async def held(company: Any) -> None:
    """The probe is asked, and waits."""
    await eventually(lambda: company.probe.asked)


async def ended(browser: Any, name: str = "info") -> httpx.Response:
    """The page of a try, once it does not look again by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer: httpx.Response = await browser.get(f"/mailboxes/{name}/test")
            if "http-equiv" not in answer.text:
                return answer
            await asyncio.sleep(0.005)
