"""``proxyd mailbox status``: does each provider answer, what is it owed, what is still being read?

What is owed stands in the store, whether the proxy runs or not; the rest a running proxy says at
its port for monitoring (``/readyz``). Must never open a mail.
"""

from __future__ import annotations

import http.client
import json
from typing import Any

from proxyd.commands.console import AsJson, Config, note, say_json, say_table
from proxyd.commands.installation import Installation, within
from proxyd.commands.times import local_time
from proxyd.settings import Settings

ANSWER_S = 5.0  # admin/health.py gives each of its checks two seconds


def status(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show whether the providers answer, and what is not done yet."""

    async def work(at: Installation) -> tuple[list[tuple[str, int, int]], Settings]:
        boxes = await at.store.read(lambda tx: tx.mailboxes.all())
        owed = [(box, await at.store.read(lambda tx, b=box: tx.owed.count(b.id))) for box in boxes]  # type: ignore[misc]
        return [(box.name, count, since) for box, (count, since) in owed], at.settings

    owed, settings = within(config, work)
    said = _said(settings)
    rows = [_row(name, count, since, said) for name, count, since in owed]
    if as_json:
        say_json(rows)
        return
    heads = ("mailbox", "provider", "owed", "oldest")
    say_table([one.upper() for one in heads], [[str(row[one]) for one in heads] for row in rows])
    for row in rows:
        for told in row["notices"]:
            note(told)


def _row(name: str, count: int, since_us: int, said: dict[str, list[Any]] | None) -> dict[str, Any]:
    if said is None:
        provider = "not known: no proxy answers at [http] listen"
    else:
        provider = "; ".join(_of(name, said["reasons"])) or "answers"
    return {
        "mailbox": name,
        "provider": provider,
        "owed": count,
        "oldest": local_time(since_us) if since_us else "",
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
