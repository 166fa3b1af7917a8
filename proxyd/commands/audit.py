"""``proxyd audit …``: who did what, and whether the answer can be trusted.

Each of these commands is itself recorded in the log before it shows anything.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, TypeVar

import typer

from proxyd.commands.anchor import anchor_of
from proxyd.commands.audit_criteria import (
    CameOut,
    From,
    InConversation,
    InMailbox,
    Line,
    Message,
    Person,
    Since,
    Until,
    What,
    query_of,
    query_of_line,
)
from proxyd.commands.audit_table import show_table
from proxyd.commands.console import Config, note, progress, say
from proxyd.commands.failure import COULD_NOT, Failed
from proxyd.commands.installation import Installation, within
from proxyd.commands.known import check_asked
from proxyd.commands.later import group_of
from proxyd.commands.times import local_time
from proxyd.domain.errors import BadInput, LogGone
from proxyd.domain.machine_zone import machine_zone
from proxyd.domain.ports.access_log import StoredRecord
from proxyd.service.audit.audit import Audit, Verified
from proxyd.service.audit.export import FileKind, lines_of
from proxyd.service.audit.restores import Restore
from proxyd.store.log_anchor import AnchorFile
from proxyd.store.log_text import visible

T = TypeVar("T")

app = group_of("The access log: search, export, verify.")


class Format(StrEnum):
    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def _with_audit(config: Config, work: Callable[[Audit, Installation], Awaitable[T]]) -> T:
    async def run(installation: Installation) -> T:
        keeper = AnchorFile(installation.settings.anchor_file)
        return await work(Audit(installation.store, keeper), installation)

    return within(config, run)


# ------------------------------------------------------------------ search


@app.command()
def search(
    line: Line = None,
    person: Person = None,
    message: Message = None,
    since: Since = None,
    until: Until = None,
    action: What = None,
    address: From = None,
    mailbox: InMailbox = None,
    outcome: CameOut = None,
    conversation: InConversation = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1_000_000, help="Show the newest so many.")
    ] = 200,
    format_: Annotated[
        Format, typer.Option("--format", help="A table, JSON lines, or CSV for a spreadsheet.")
    ] = Format.TABLE,
    config: Config = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Who did what: criteria are joined by "and". Oldest first, like a diary.

    With --message, "about=ID" marks what names another mail of the conversation: the answer, say.

    "open" is a person looking at a mail; "copy" is a mail client fetching it unasked, and "seen"
    then is the sign that somebody opened it.
    """
    options = (person, message, since, until, action, address, mailbox, outcome, conversation)
    query = query_of_line(line, options) if line is not None else query_of(*options)
    newest = replace(query, limit=limit, newest_first=True)

    async def work(audit: Audit, at: Installation) -> list[StoredRecord]:
        found = await audit.search(newest, by=at.actor)
        if not found:
            await check_asked(at, query)
        return found

    found = _with_audit(config, work)[::-1]
    if as_json:
        format_ = Format.JSONL
    if format_ is Format.TABLE:
        show_table(found, query.message_id)
    else:
        asyncio.run(_write(_each(found), format_.value, sys.stdout, lambda _: None))
    if len(found) == limit:
        note(f"These are the newest {limit}; there may be more (--limit).")


# ------------------------------------------------------------------ export


@app.command()
def export(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="A new file. Without it: standard output."),
    ] = None,
    format_: Annotated[
        FileKind, typer.Option("--format", help="JSON lines, or CSV for a spreadsheet.")
    ] = FileKind.JSONL,
    line: Line = None,
    person: Person = None,
    message: Message = None,
    since: Since = None,
    until: Until = None,
    action: What = None,
    address: From = None,
    mailbox: InMailbox = None,
    outcome: CameOut = None,
    conversation: InConversation = None,
    config: Config = None,
) -> None:
    """Write the log, or the part asked for, oldest first, with chain values."""
    options = (person, message, since, until, action, address, mailbox, outcome, conversation)
    query = query_of_line(line, options) if line is not None else query_of(*options)

    async def work(audit: Audit, at: Installation) -> None:
        await check_asked(at, query)
        stream = sys.stdout if output is None else _new_file(output)
        try:
            with progress("Exporting", await audit.size()) as done:
                records = audit.export(query, by=at.actor)
                await _write(records, format_.value, stream, done)
        finally:
            if output is not None:
                stream.close()

    _with_audit(config, work)
    if output is not None:
        note(f"Written to {output}.")


def _new_file(path: Path) -> IO[str]:
    """Readable by nobody else: who read which mail is confidential."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise BadInput("--output", f"{path} exists already", "name a new file") from None
    except OSError as error:
        raise BadInput("--output", f"{path}: {error.strerror}", "name another file") from None
    # No newline translation: RFC 4180 lines end in CRLF, JSON lines in LF, as they are made.
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


async def _each(found: Sequence[StoredRecord]) -> AsyncIterator[StoredRecord]:
    for record in found:
        yield record


async def _write(
    records: AsyncIterator[StoredRecord],
    format_: str,
    stream: IO[str],
    done: Callable[[int], None],
) -> None:
    async def counted() -> AsyncIterator[StoredRecord]:
        async for record in records:
            done(record.number)
            yield record

    async for line in lines_of(counted(), FileKind(format_), machine_zone()):
        stream.write(line)


# ------------------------------------------------------------------ verify


@app.command()
def verify(
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help="Compare with this copy of the anchor file, or with the last line "
            "'access log head' of the program's log in it, instead of the one configured.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Follow the chain through the whole log. Exit code 1 names the first bad record.

    Finds a changed, removed, added or exchanged record; a cut tail and an old copy put back are
    found through the anchor file, which is best kept on another machine.
    """
    chosen = anchor_of(anchor) if anchor is not None else None

    async def work(audit: Audit, at: Installation) -> tuple[Verified, Path]:
        with progress("Verifying", await audit.size()) as done:
            verified = await audit.verify(
                by=at.actor, anchor=chosen, progress=lambda checked, _: done(checked)
            )
        return verified, at.settings.anchor_file

    try:
        verified, anchor_file = _with_audit(config, work)
    except LogGone as error:
        raise Failed(f"The log was tampered with: {error}.", COULD_NOT) from error
    if verified.fault is not None:
        raise Failed(_fault(verified, anchor_file), COULD_NOT)
    if verified.sealed:
        note(
            f"Records 1 to {verified.sealed} are of a former master key, sealed when it was "
            "exchanged; nothing in them was changed since."
        )
    for restored in verified.restores:
        note(told_restore(restored))
    if any(one.waits for one in verified.restores):
        raise Failed(
            f"{verified.number} records, the chain is whole, but nobody has said that the older "
            "copy was put back on purpose. If you did: proxyd restore --in-place",
            COULD_NOT,
        )
    anchored = verified.anchor.number if verified.anchor else 0
    fits = f"; the anchor (record {anchored}) fits" if anchored else ""
    say(f"{verified.number} records, all good{fits}.")
    if not anchored:
        note("There is no anchor yet: a cut tail would not be noticed. A running proxy writes one.")


def told_restore(one: Restore) -> str:
    """Which records are gone, when, and who said that this is right."""
    gone = "nothing here proves how many records are missing before it"
    if one.before is not None and one.before.number >= one.number:
        gone = f"the records {one.number} to {one.before.number} of the time before are missing"
    who = f"by {one.actor}" if not one.noticed else "by somebody, as was noticed at the start"
    accepted = f"; accepted by {one.accepted_by}" if one.accepted_by else ""
    when = local_time(one.at_us)
    return f"Record {one.number} ({when}): an older database was put back {who}; {gone}{accepted}."


FAULTS = {
    "missing": "record {0} is missing, later ones are there",
    "changed": "record {0} is not what was written",
    "chain": "record {0} does not follow from the one before it: put in, exchanged, or altered",
    "sealed": "one of the records 1 to {0} is not what it was when they were sealed",
    "cut": "what is left of it ends before record {0}, which the anchor proves was there (if you "
    "put back a backup: proxyd restore --in-place)",
    "replaced": "record {0} is not the one the anchor saw: an old copy was put back (if that was "
    "you: proxyd restore --in-place --anchor FILE)",
    "added": "a record with the number {0} was put in; the first one has the number 1",
    "emptied": "no record is left, though there are accounts",
    "foreign": "the database holds what proxyd did not make ({1}); it can change what is written"
    " and what is found",
    "index": "searches don't find all records ({1})",
}


HEADLESS = (
    "The log's head is missing: {0} is not there, though a proxy has kept it, and records are. "
    "They are good up to number {1}; nothing here proves that none was cut off behind it. "
    "Compare with a copy that you keep: proxyd audit verify --anchor FILE. A running proxy makes "
    "a new head."
)


def _fault(verified: Verified, anchor_file: Path) -> str:
    assert verified.fault is not None
    fault = verified.fault
    if fault.kind == "headless":
        return HEADLESS.format(anchor_file, fault.number)
    text = FAULTS[fault.kind].format(fault.number, visible(fault.what))
    return f"The log was tampered with: {text}. Good up to record {verified.number}."
