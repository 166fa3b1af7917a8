"""What a refusal means at the command line: a sentence on standard error and an exit code.

2 is "what you typed can't be done": typing something else helps. 1 is "it could not be done": the
disk, the provider or the network must change. No traceback for either; a fault of ours shows one.
"""

from __future__ import annotations

import errno

from proxyd.domain.errors import (
    AlreadyExists,
    BadInput,
    Busy,
    CannotDo,
    Mistakes,
    NotFound,
    ProxydError,
    RelayRefused,
    RelayUnavailable,
    StoreUnavailable,
    UpstreamLimited,
    UpstreamRefused,
    UpstreamSignInRefused,
    UpstreamUnavailable,
)
from proxyd.settings_problem import SettingsError

BAD_INPUT = 2
COULD_NOT = 1
INTERRUPTED = 130  # as a shell says it: 128 + SIGINT


class Failed(Exception):
    """A command that found something wrong; ``text`` is the whole sentence."""

    def __init__(self, text: str, code: int = COULD_NOT) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


Explainable = ProxydError | SettingsError | Failed

# Where what there is can be seen.
LISTED = {
    "mailbox": "proxyd mailbox list",
    "user": "proxyd user list",
    "grant": "proxyd user list",
    "application password": "proxyd app-password list LOGIN",
    "API token": "proxyd api-token list",
    "conversation": "proxyd conversation list",
}

# The first class that fits; {e} is the error.
SENTENCES: tuple[tuple[type[Exception], str, int], ...] = (
    (SettingsError, "{e}", BAD_INPUT),
    (BadInput, "{e.what}: {e.problem}; {e.instead}", BAD_INPUT),
    (AlreadyExists, "{e.name!r} exists already", BAD_INPUT),
    (NotFound, "there is no {e.kind} {e.name!r}", BAD_INPUT),
    (CannotDo, "that is not possible: {e.reason}", BAD_INPUT),
    (Busy, "too much is going on at the moment; try again", COULD_NOT),
    (StoreUnavailable, "the store can't be used: {e}", COULD_NOT),
    (
        UpstreamSignInRefused,
        "{e.reason}; give the right one with: proxyd mailbox set NAME --password-stdin",
        COULD_NOT,
    ),
    (
        UpstreamLimited,
        "the provider gives us no connection now: {e.reason}; see whether other programs use the "
        "mailbox directly, and try again",
        COULD_NOT,
    ),
    (UpstreamUnavailable, "the provider can't be reached: {e.reason}", COULD_NOT),
    (RelayUnavailable, "the provider can't be reached for sending: {e.reason}", COULD_NOT),
    (UpstreamRefused, "the provider refused: {e.text}", COULD_NOT),
    (RelayRefused, "the provider refused: {e.code} {e.text}", COULD_NOT),
    (ProxydError, "that is not possible: {e}", COULD_NOT),
)


def os_trouble(error: OSError) -> str:
    """Of a file, or of what our output goes to."""
    where = str(error.filename) if error.filename else "the output"
    if isinstance(error, PermissionError):
        remedy = "check its owner and mode, or type the command as the user proxyd runs as"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "make room on its file system"
    else:
        remedy = "mend that, and try again"
    return f"{where}: {error.strerror or error}; {remedy}"


def explained(error: Explainable) -> tuple[str, int]:
    """The sentence (or sentences, one a line) and the exit code."""
    if isinstance(error, Failed):
        return error.text, error.code
    if isinstance(error, Mistakes):
        return "\n".join(explained(one)[0] for one in error.all), BAD_INPUT
    if isinstance(error, NotFound) and error.kind in LISTED:
        instead = error.meant and f"did you mean {error.meant}?"
        instead = instead or f"see: {LISTED[error.kind]}"
        return f"there is no {error.kind} {error.name!r}; {instead}", BAD_INPUT
    template, code = next((text, code) for kind, text, code in SENTENCES if isinstance(error, kind))
    return template.format(e=error), code
