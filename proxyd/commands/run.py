"""``proxyd run`` and ``proxyd demo``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from proxyd.commands.conf import all_problems
from proxyd.commands.console import Config, note
from proxyd.commands.language import Language
from proxyd.domain.errors import BadInput
from proxyd.settings_file import read
from proxyd.settings_problem import SettingsError
from proxyd.store.belonging import owner_of


def run(config: Config = None) -> None:
    """Serve mail clients until SIGTERM or Ctrl-C.

    Commands given meanwhile (``proxyd user disable …``) take effect at once.
    """
    from proxyd import app  # noqa: PLC0415 - brings in everything; no other command needs that

    loaded = read(config, os.environ)
    for sentence in loaded.passed_over:
        note(sentence)
    problems = all_problems(loaded)
    if problems:
        raise SettingsError(problems)
    _check_who_runs(loaded.settings.data_dir)
    raise typer.Exit(app.run(loaded.settings))


def _check_who_runs(data_dir: Path) -> None:
    """As root it would make files in there that its owner can't open later."""
    if os.geteuid() == 0 and data_dir.is_dir() and data_dir.stat().st_uid != 0:
        owner = shlex.quote(owner_of(data_dir))
        raise BadInput(
            "proxyd run",
            f"{data_dir} belongs to {owner}, and this is root",
            f"systemctl start proxyd, or: sudo -u {owner} proxyd run",
        )


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
    language: Annotated[
        Language | None,
        typer.Option(
            "--language",
            help="Of the people, the folders and what it says. Without it: the machine's.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Try everything at once: a proxy with a made-up provider, mails and people, all in one.

    Nothing leaves this machine. It says what to type into a mail client and what to try first.
    """
    from proxyd import app  # noqa: PLC0415 - see above

    raise typer.Exit(app.run_demo(data, language, as_json=as_json))
