"""``proxyd mailbox status``: does each provider answer, what is it owed, what is still being read?

What is owed stands in the store, whether the proxy runs or not; the rest a running proxy says at
its port for monitoring (``/readyz``). Must never open a mail.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from proxyd.commands.console import AsJson, Config, note, say_json, say_table
from proxyd.commands.installation import Installation, within
from proxyd.commands.times import local_time
from proxyd.domain.ports.database import Transaction
from proxyd.settings import Settings

# Who puts the copy of a mail that was sent into Sent, as learned with the first ones.
SENT_COPIES = {"": "not known yet", "provider": "by the provider", "proxyd": "by the proxy"}
ANSWER_S = 5.0  # admin/health.py gives each of its checks two seconds


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store knows of one mailbox."""

    name: str
    owed: int
    since_us: int
    filed_by: str


def status(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show whether the providers answer, and what is not done yet."""

    async def work(at: Installation) -> tuple[list[Kept], Settings]:
        return await at.store.read(_kept), at.settings

    kept, settings = within(config, work)
    said = _said(settings)
    rows = [_row(one, said) for one in kept]
    if as_json:
        say_json(rows)
        return
    heads = ("mailbox", "provider", "owed", "oldest", "sent copies")
    table = [{**row, "sent copies": SENT_COPIES[row["sent"]]} for row in rows]
    say_table([one.upper() for one in heads], [[str(row[one]) for one in heads] for row in table])
    for row in rows:
        for told in row["notices"]:
            note(told)


def _kept(tx: Transaction) -> list[Kept]:
    boxes = tx.mailboxes.all()
    return [Kept(b.name, *tx.owed.count(b.id), tx.sent_copies.learned(b.id)) for b in boxes]


def _row(kept: Kept, said: dict[str, list[Any]] | None) -> dict[str, Any]:
    name = kept.name
    if said is None:
        provider = "not known: no proxy answers at [http] listen"
    else:
        provider = "; ".join(_of(name, said["reasons"])) or "answers"
    return {
        "mailbox": name,
        "provider": provider,
        "owed": kept.owed,
        "oldest": local_time(kept.since_us) if kept.since_us else "",
        "sent": kept.filed_by,
        "notices": _of(name, said["notices"]) if said else [],
        "conditions": [one for one in said["conditions"] if one["mailbox"] == name] if said else [],
    }


def _of(name: str, sentences: list[str]) -> list[str]:
    """Each begins with the name of its mailbox."""
    return [one.removeprefix(f"{name}: ") for one in sentences if one.startswith(f"{name}: ")]


def _said(settings: Settings) -> dict[str, list[Any]] | None:
    """Reasons, notices and conditions of the running proxy; None where none answers."""
    listen = settings.http.listen
    if not listen:
        return None
    line = http.client.HTTPConnection(listen.host, listen.port, timeout=ANSWER_S)
    try:
        line.request("GET", "/readyz")
        told = json.loads(line.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()
    return {name: list(told.get(name, [])) for name in ("reasons", "notices", "conditions")}
