"""``proxyd conf example`` and ``proxyd check``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import typer

from proxyd.commands.console import AsJson, Config, note, say, say_json
from proxyd.commands.failure import BAD_INPUT
from proxyd.commands.later import group_of
from proxyd.commands.zone import machine_zone
from proxyd.domain.errors import StoreUnavailable
from proxyd.settings_check import surroundings
from proxyd.settings_example import example
from proxyd.settings_file import Loaded, read
from proxyd.settings_problem import Problem
from proxyd.store.belonging import owner_of, strangers
from proxyd.store.rekey import fits
from proxyd.store.secrets import PUT_BACK, VARIABLE, Keys, decoded

MAKE_ONE = "give 32 random octets in base64, as from: openssl rand -base64 32"

app = group_of("The configuration file.")


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
    for sentence in loaded.passed_over:
        note(sentence)
    problems = all_problems(loaded)
    if as_json:
        say_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            note(str(problem))
        if not problems:
            say(f"{loaded.file or 'environment'}: no mistakes found")
            say(f"Times are those of {machine_zone()} in mailboxes that have no zone of their own.")
    if problems:
        raise typer.Exit(BAD_INPUT)


def all_problems(loaded: Loaded) -> list[Problem]:
    """The configuration's own mistakes, then those of the machine for keys that are right."""
    problems = list(loaded.problems)
    if any(not problem.key for problem in problems):
        return problems  # the file itself could not be read: its defaults are nobody's mistake
    known = {problem.key for problem in problems}
    found = [loaded.problem(*finding) for finding in surroundings(loaded.settings)]
    found += _master_key(loaded)
    found += _strangers_files(loaded)
    return problems + [problem for problem in found if problem.key not in known]


# What the server must be able to write in its data directory.
_OURS = (
    *(f"proxyd.db{suffix}" for suffix in ("", "-wal", "-shm")),
    *("master.key", "log-head", "running.lock", "cache"),
)


def _strangers_files(loaded: Loaded) -> Iterator[Problem]:
    """What root left behind, in a directory that is another one's."""
    directory = loaded.settings.data_dir
    try:
        found = [str(path) for path in strangers(directory, _OURS)]
        if found:
            owner = owner_of(directory)
            what = f"{found[0]} does not belong to {owner}, as {directory} does"
            what += f", nor do {len(found) - 1} others" if len(found) > 1 else ""
            spec = owner if owner.isdigit() else f"{owner}:"  # with its group; chown(1)
            instead = f"run: {shlex.join(['chown', '-R', spec, str(directory)])}"
            yield loaded.problem("server.data_dir", what, instead)
    except OSError:  # there is none yet, or ``surroundings`` has said why
        return


# A key is 45 characters; a file given by mistake may be GBs.
MAX_KEY_FILE = 4096


def _master_key(loaded: Loaded) -> Iterator[Problem]:
    """What is there must be a key. A file may be missing: it is created on first use."""
    if text := os.environ.get(VARIABLE):
        if not _is_key(text):  # it is not repeated: it may be nearly one
            yield Problem("environment", VARIABLE, "is not a master key", MAKE_ONE)
        return
    file = loaded.settings.master_key_file
    try:
        with file.open(encoding="ascii", errors="replace") as stream:
            text = stream.read(MAX_KEY_FILE)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            if loaded.settings.secrets.master_key_file is None:  # else ``surroundings`` says it
                what = f"{file} can't be read ({error.strerror})"
                instead = f"run: chmod 600 {shlex.quote(str(file))}, as the user proxyd runs as"
                yield loaded.problem("secrets.master_key_file", what, instead)
        elif os.path.exists(loaded.settings.database):
            what = f"{file} is missing, and the database was made under it"
            yield loaded.problem("secrets.master_key_file", what, PUT_BACK)
        return
    if not _is_key(text):
        what = f"{file} does not hold a master key"
        made_under = os.path.exists(loaded.settings.database)
        instead = PUT_BACK if made_under else MAKE_ONE
        yield loaded.problem("secrets.master_key_file", what, instead)
    elif _is_another(text, loaded.settings.database):
        what = f"{file} is not the master key that the database was made under"
        instead = "put back the right one; if it is lost: proxyd secrets renew"
        yield loaded.problem("secrets.master_key_file", what, instead)


def _is_another(text: str, database: Path) -> bool:
    try:
        return fits(database, Keys.of(decoded(text, VARIABLE))) is False
    except StoreUnavailable:  # of which whoever opens it tells
        return False


def _is_key(text: str) -> bool:
    try:
        decoded(text, VARIABLE)
    except StoreUnavailable:
        return False
    return True
