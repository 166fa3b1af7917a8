"""The command line: all commands put together, and the one boundary where a failure gets a code.

Must never hold what a command does: each group is a file of ``proxyd.commands``.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Annotated

import typer

from proxyd import __version__
from proxyd.commands.failure import (
    BAD_INPUT,
    COULD_NOT,
    INTERRUPTED,
    Failed,
    explained,
    os_trouble,
)
from proxyd.commands.later import group_of
from proxyd.commands.streams import give_up_output, prepare_streams
from proxyd.domain.errors import ProxydError
from proxyd.settings_problem import SettingsError

app = group_of(
    "An IMAP/SMTP proxy in front of a shared mailbox: own logins, status and assignee of each "
    "mail, guards against answering twice, and an access log that can be verified.",
    {
        "check": "conf:check",
        "run": "run:run",
        "demo": "run:demo",
        "backup": "backup:backup",
        "restore": "backup:restore",
        "conf": "conf:app",
        "mailbox": "mailbox:app",
        "user": "user:app",
        "app-password": "app_password:app",
        "api-token": "api_token:app",
        "client-setup": "client_setup:client_setup",
        "conversation": "conversation:app",
        "rules": "rules:app",
        "report": "report:app",
        "webhook": "webhook:app",
        "audit": "audit:app",
        "cache": "cache:app",
        "secrets": "secrets:app",
    },
    name="proxyd",
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - the framework calls it
    if wanted:
        typer.echo(f"proxyd {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Options before the command."""


# ``app()`` would build all commands anew at each call.
_commands = typer.main.get_command(app)

# At its end Python would go through all that was loaded looking for garbage, which took a quarter
# of what a command needs.
atexit.register(gc.freeze)


def _carried_out() -> None:
    """Also what is still in the buffer: the interpreter's own attempt would have no words."""
    try:
        _commands(prog_name="proxyd")
    except SystemExit:
        sys.stdout.flush()
        raise


def main() -> None:
    """Exit code 0: done. 1: could not be done. 2: what was typed is wrong."""
    prepare_streams()
    try:
        _carried_out()
    except (ProxydError, SettingsError, Failed) as error:
        text, code = explained(error)
        typer.echo(text, err=True)
        sys.exit(code)
    except UnicodeEncodeError as error:
        if not (error.reason == "surrogates not allowed" and any(map(_has_octets, sys.argv))):
            raise  # a fault of ours
        typer.echo("what was typed has octets that are no text", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a file, or standard output: the machine is in the way
        give_up_output()
        typer.echo(os_trouble(error), err=True)
        sys.exit(COULD_NOT)


def _has_octets(argument: str) -> bool:
    """What is no text in the terminal's encoding comes as lone surrogates (PEP 383)."""
    return any("\udc80" <= character <= "\udcff" for character in argument)


if __name__ == "__main__":
    main()
