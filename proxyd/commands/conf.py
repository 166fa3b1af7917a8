"""``proxyd conf example`` and ``proxyd check``."""

from __future__ import annotations

import os
from dataclasses import asdict

import typer

from proxyd.commands.console import AsJson, Config, note, say, say_json
from proxyd.commands.failure import BAD_INPUT
from proxyd.settings_check import surroundings
from proxyd.settings_example import example
from proxyd.settings_file import Loaded, Problem, read

app = typer.Typer(no_args_is_help=True, help="The configuration file.")


@app.command("example")
def conf_example() -> None:
    """Print a commented configuration with every key and its default."""
    say(example().rstrip("\n"))


def check(config: Config = None, *, as_json: AsJson = False) -> None:
    """Look for mistakes in the configuration: all of them in one go.

    Each with the file, the key, what is wrong and what to write instead. Also looks at what it
    points to: certificate, key, directories. Exit code 2 if there is any.
    """
    loaded = read(config, os.environ)
    problems = all_problems(loaded)
    if as_json:
        say_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            note(str(problem))
        if not problems:
            say(f"{loaded.file or 'environment'}: no mistakes found")
    if problems:
        raise typer.Exit(BAD_INPUT)


def all_problems(loaded: Loaded) -> list[Problem]:
    """The configuration's own mistakes, then those of the machine for keys that are right."""
    problems = list(loaded.problems)
    if any(not problem.key for problem in problems):
        return problems  # the file itself could not be read: its defaults are nobody's mistake
    known = {problem.key for problem in problems}
    for key, what, instead in surroundings(loaded.settings):
        problem = loaded.problem(key, what, instead)
        if problem.key not in known:
            problems.append(problem)
    return problems
