"""``proxyd user leave`` and ``return``: all that a last day asks for, in one step."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import typer

from proxyd.commands.account_work import lessen
from proxyd.commands.console import (
    AsJson,
    Config,
    PasswordStdin,
    agreed,
    note,
    say,
    say_json,
    say_table,
    typed_password,
)
from proxyd.commands.failure import Failed
from proxyd.commands.installation import Installation, now_us
from proxyd.commands.new_password import show_password
from proxyd.commands.ordering import LOOK_S, PATIENCE_S, room_of
from proxyd.commands.times import local_time
from proxyd.domain.errors import BadInput
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.leaving import Belongings, HasLeft, Heirs, IsBack, LeaveTaking
from proxyd.service.mailbox.handing_over import hand_over
from proxyd.store import running

T = TypeVar("T")

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As in: proxyd user list", show_default=False)
]
# A session ends within a second (promise 7); its end is on record when its last reply is out.
SESSIONS_END_S = 1.0


def leave(
    login: Login,
    hand_over_to: Annotated[
        str | None,
        typer.Option(
            "--hand-over-to", metavar="COLLEAGUE", help="Who gets their open conversations."
        ),
    ] = None,
    conversation: Annotated[
        list[str] | None,
        typer.Option(
            "--conversation",
            metavar="NUMBER=COLLEAGUE",
            help='One conversation goes to somebody else; "NUMBER=" to nobody. Several times.',
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    unassigned: Annotated[
        bool,
        typer.Option("--unassigned", help="Their open conversations become nobody's (default)."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Somebody leaves: every door is shut within a second, and their work is in others' hands.

    Shows what is theirs, and asks once. The access log keeps the name, and the login is given to
    nobody else. What they have sent, and what waits for approval, goes its way as if they were
    there. "proxyd user return" lets them in again; "proxyd user remove" may follow.
    """
    if hand_over_to is not None and unassigned:
        problem = "it stands beside --hand-over-to"
        raise BadInput("--unassigned", problem, "say one of them")
    heirs = Heirs((hand_over_to or "").strip().lower(), _single(conversation or []))
    had = _with(config, lambda leaving, at: leaving.belongings(login, heirs, by=at.actor))
    name = had.account.login
    if not as_json:
        _show(had)
    agreed(_question(had, heirs), yes=yes)

    async def work(leaving: LeaveTaking, at: Installation) -> tuple[HasLeft, int | None]:
        done = await leaving.leave(login, heirs, by=at.actor)
        return done, await _carried_out(at, done)

    done, ended = _with(config, work)
    if as_json:
        say_json(_as_json(done, ended))
    elif done.again:
        say(f"{name} has left already, and nothing is in their hands.")
    else:
        _tell(done, ended)
    for colleague in done.away:
        note(f"{colleague} is away: see proxyd user list")
    for mailbox, rules in done.had.rules.items():
        note(
            f"{mailbox}: rules give mail to {name}, who gets none any more: {', '.join(rules)}; "
            "see: proxyd rules show"
        )


def come_back(
    login: Login,
    config: Config = None,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody in again who has left or is disabled, with the grants from before.

    Without --password-stdin a new password is made, and shown this once.
    """
    password = typed_password("Password", from_stdin=True) if password_stdin else None

    async def work(leaving: LeaveTaking, at: Installation) -> IsBack:
        done = await leaving.take_back(login, by=at.actor, password=password)
        await show_password("may sign in again", done.new, None, password, as_json=as_json)
        return done

    done = _with(config, work)
    for heir, count in done.handed.items():
        whose = f"went to {heir}" if heir else "became nobody's"
        note(f"Not given back: {_many(count, 'open conversation')} that {whose}")
    for word, count in done.revoked.items():
        if count:
            note(f"Not given back: {count} {word}")
    note("The password from before is not valid any more.")


# ------------------------------------------------------------------ what is done


def _with(config: Config, work: Callable[[LeaveTaking, Installation], Awaitable[T]]) -> T:
    async def run(admin: AccountAdmin, at: Installation) -> T:
        done = at.settings.workflow.status_set.answered
        return await work(LeaveTaking(at.store, admin.checks, done, now_us), at)

    return lessen(config, run)


async def _carried_out(at: Installation, done: HasLeft) -> int | None:
    """Returns how many sessions of a proxy that runs have ended; None where none runs."""
    account_id = done.had.account.id
    try:
        lock = running.lock(at.settings.data_dir)
    except running.AlreadyRunning:
        for _ in range(int(PATIENCE_S / LOOK_S)):
            if not await at.store.read(lambda tx: tx.leavers.unfinished(account_id)):
                return await _ended(at, done)
            await asyncio.sleep(LOOK_S)
        raise Failed(
            f"{done.had.account.login} is shut out; the proxy that runs does not hand the "
            "conversations over yet: see its log. It does so as soon as it can"
        ) from None
    try:  # nobody can start meanwhile
        for mailbox in await at.store.read(lambda tx: tx.mailboxes.all()):
            if mailbox.id in done.mailboxes:
                async with room_of(at, mailbox) as room:
                    await hand_over(room)
    finally:
        os.close(lock)
    return None


async def _ended(at: Installation, done: HasLeft) -> int:
    """As the access log has them; all that were open, or those of the first seconds."""
    query = LogQuery(actor=done.had.account.login, action=Action.LOGOUT, after_number=done.record)
    ended = 0
    for _ in range(int(SESSIONS_END_S / LOOK_S)):
        ended = len(await at.store.read(lambda tx: tx.log.search(query)))
        if ended >= done.had.sessions:
            break
        await asyncio.sleep(LOOK_S)
    return ended


def _single(texts: Sequence[str]) -> dict[int, str]:
    """Raises BadInput."""
    found: dict[int, str] = {}
    for text in texts:
        number, sign, colleague = text.partition("=")
        number = number.strip()
        if not sign or not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise BadInput("--conversation", f"{text!r} is not one", "write NUMBER=COLLEAGUE")
        if int(number) in found:
            raise BadInput("--conversation", f"{number} is given twice", "name one colleague")
        found[int(number)] = colleague.strip().lower()
    return found


# ------------------------------------------------------------------ what is shown


def _show(had: Belongings) -> None:
    if had.conversations:
        say_table(
            ["NUMBER", "MAILBOX", "STATUS", "CHANGED", "WAITS SINCE", "HOLD UNTIL"],
            [
                [
                    str(row.number),
                    row.mailbox,
                    row.status,
                    local_time(row.changed_us),
                    local_time(row.waits_us) if row.waits_us else "",
                    local_time(row.until_us) if row.until_us else "",
                ]
                for row in had.conversations
            ],
        )
    for line in _also(had):
        say(line)


def _also(had: Belongings) -> list[str]:
    lines = []
    if had.sessions:
        lines.append(f"{_many(had.sessions, 'open IMAP session')} will end")
    for mail in had.waiting:
        when = f"leaves {local_time(mail.leaves_us)}" if mail.leaves_us else "waits for approval"
        of = f" (conversation {mail.conversation})" if mail.conversation else ""
        lines.append(f"{mail.mailbox}: a mail of theirs {when}, and goes on doing so{of}")
    for mailbox, count in had.replying.items():
        lines.append(f"{mailbox}: {_many(count, 'draft')} of theirs, begun, stays in Drafts")
    if had.named_in:
        numbers = ", ".join(f"{number} ({mailbox})" for mailbox, number in had.named_in)
        lines.append(f"Notes name them in conversations that are not done: {numbers}")
    return lines


def _question(had: Belongings, heirs: Heirs) -> str:
    count = len(had.conversations)
    what = f"{_many(count, 'open conversation')}" if count else "no open conversation"
    counts: dict[str, int] = {}
    for row in had.conversations:
        counts[heirs.of(row.number)] = counts.get(heirs.of(row.number), 0) + 1
    where = ", ".join(f"{n} to {heir or 'nobody'}" for heir, n in sorted(counts.items()))
    told = f"{what}: {where}" if where else what
    return f"Shut {had.account.login} out, with {told}?"


def _tell(done: HasLeft, ended: int | None) -> None:
    login = done.had.account.login
    sessions = "" if ended is None else f", {_many(ended, 'IMAP session')} ended"
    say(f"{login} has left: every door is shut{sessions}.")
    for row, heir in done.handed:
        say(f"Conversation {row.number} of {row.mailbox}: {heir or 'nobody'}")


def _as_json(done: HasLeft, ended: int | None) -> Mapping[str, object]:
    had = done.had
    return {
        "login": had.account.login,
        "already_left": done.again,
        "sessions_ended": ended,
        "conversations": [
            {
                "number": row.number,
                "mailbox": row.mailbox,
                "status": row.status,
                "assignee": heir,
            }
            for row, heir in done.handed
        ],
        "waiting": [
            {
                "mailbox": mail.mailbox,
                "message": mail.message_id,
                "conversation": mail.conversation,
                "leaves": local_time(mail.leaves_us) if mail.leaves_us else None,
            }
            for mail in had.waiting
        ],
        "drafts": dict(had.replying),
        "named_in": [
            {"mailbox": mailbox, "conversation": number} for mailbox, number in had.named_in
        ],
        "rules": {mailbox: list(names) for mailbox, names in had.rules.items()},
        "revoked": dict(done.revoked),
        "away": list(done.away),
    }


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
