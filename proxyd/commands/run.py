"""``proxyd run`` and ``proxyd demo``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.conf import all_problems
from proxyd.commands.console import Config
from proxyd.settings_file import SettingsError, read


def run(config: Config = None) -> None:
    """Serve mail clients until SIGTERM or Ctrl-C.

    Commands given meanwhile (``proxyd user disable …``) take effect at once.
    """
    from proxyd import app  # noqa: PLC0415 - brings in everything; no other command needs that

    loaded = read(config, os.environ)
    problems = all_problems(loaded)
    if problems:
        raise SettingsError(problems)
    raise typer.Exit(app.run(loaded.settings))


def demo(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Once ready, print one line of JSON for scripts.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Keep everything there, to go on another time. Without it: a temporary directory.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Try everything at once: a proxy with a made-up provider, mails and people, all in one.

    Nothing leaves this machine. It says what to type into a mail client and what to try first.
    """
    from proxyd import app  # noqa: PLC0415 - see above

    raise typer.Exit(app.run_demo(data, as_json))
