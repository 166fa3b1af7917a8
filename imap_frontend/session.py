"""One IMAP session: which command may run when, in what order, and how each ends.

Commands run strictly one after the other, in the order sent; nothing behind a command is read
before it has its tagged answer. Every command ends in one of four ways, decided in ``_answer``
alone: wrong syntax BAD, refused NO with a code, our fault NO [SERVERBUG] and a log entry with the
traceback, line gone the end of the session. Knows no sockets and no text for clients.

A session that is ended from outside (``end``) loses its line at once; a service call under way
comes to its own end unheard, so that no commit is torn from its publication.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from imap_frontend.context import ConnectionState, Context, Done, Rejected
from imap_frontend.options import Meter
from imap_frontend.progress import CommandProgress, Later
from imap_frontend.refusals import refusal
from imap_frontend.replies import goodbye, megabytes, wrong
from imap_frontend.table import TABLE, CommandRule, Tells
from imap_frontend.uid_only import refuse_numbers, speaks_of_numbers
from imap_frontend.wire import ConnectionGone
from proxyd.domain.errors import ProxydError
from proxyd.domain.types import Account
from proxyd.imapwire.command import Tagged, parse_command
from proxyd.imapwire.errors import BadSyntax, NotEncoded
from proxyd.imapwire.framer import BadFrame, Frame, FramerEvent, NeedContinuation

log = logging.getLogger(__name__)

# A client that is wrong this often in a row is no mail client (Dovecot: 20).
BAD_IN_A_ROW = 20


class Session:
    """Implements ``api.Session``."""

    def __init__(
        self,
        context: Context,
        meter: Meter,
        *,
        clock: Callable[[], float] = time.monotonic,
        later: Later | None = None,
    ) -> None:
        self._ctx = context
        self._meter = meter
        self._clock = clock
        self._later = later or asyncio.get_running_loop().call_later
        self._bads = 0
        self._began = clock()
        self._heard = self._began
        self._accounts: list[Account] = []
        context.register = self._register
        context.identified = self._identified

    @property
    def signed_in(self) -> bool:
        return self._ctx.signed_in

    def end(self, reason: str) -> None:
        """Say why and close; safe at any time, more than once."""
        ctx = self._ctx
        ctx.state = ConnectionState.LOGOUT
        ctx.wire.close(goodbye(reason, ctx.language))

    def _register(self, account: Account) -> None:
        # More than one when a sign-in was right and its mailbox was not.
        self._accounts.append(account)
        self._ctx.sign_in.register(account, self)

    async def _identified(self, client: str) -> None:
        await self._ctx.sign_in.identified(self._accounts[-1], self, client)

    # ------------------------------------------------------------ life

    async def run(self) -> None:
        """From the greeting to the end of the connection."""
        ctx = self._ctx
        self._meter.sessions(1)
        try:
            ctx.say(b"OK [CAPABILITY " + ctx.capabilities() + b"] " + ctx.text("ready").encode())
            await ctx.wire.drain()
            while ctx.state is not ConnectionState.LOGOUT:
                event = ctx.next_event()
                if event is not None:
                    await self._take(event)
                    # One read has room for 8,000 NOOPs, and none of them has to wait for anything.
                    await asyncio.sleep(0)
                else:
                    if ctx.notifier is not None:
                        await ctx.notifier.tell(idling=False)
                    await self._wait()
        except ConnectionGone:
            pass
        except Exception:  # the boundary: our fault ends one session and no other
            log.exception("an IMAP session broke")
            ctx.wire.abort()
        finally:
            self._meter.sessions(-1)
            await self._leave()

    async def _wait(self) -> None:
        """For octets, or for the end of patience."""
        ctx, now = self._ctx, self._clock()
        if ctx.state is ConnectionState.NOT_AUTHENTICATED:
            patience, key = self._began + ctx.options.login_s - now, "login-timeout"
        else:
            patience, key = self._heard + ctx.options.idle_s - now, "timeout"
        if patience <= 0:
            ctx.hang_up(key)
        elif ctx.selected is not None and ctx.selected.is_lost:
            ctx.hang_up("lost")
        else:
            await ctx.wire.wait(patience)

    async def _leave(self) -> None:
        ctx = self._ctx
        ctx.wire.close(goodbye(ctx.farewell, ctx.language) if ctx.farewell else b"")
        ctx.framer.close()
        ctx.deselect()
        for account in self._accounts:
            ctx.sign_in.unregister(account, self)
        if ctx.signed_in:
            try:
                await ctx.mail.close()
            except ProxydError as error:
                log.warning("signing out could not be recorded: %s", error)

    # ------------------------------------------------------------ one command

    async def _take(self, event: FramerEvent) -> None:
        ctx = self._ctx
        self._heard = self._clock()
        if isinstance(event, NeedContinuation):
            ctx.wire.write(b"+ " + ctx.text("go-on").encode() + b"\r\n")
        elif isinstance(event, BadFrame) and event.too_big and event.tag:
            await self._say_too_big(event.tag)
        elif isinstance(event, BadFrame):
            self._say_bad(BadSyntax(event.text, event.tag))
            if event.fatal:
                ctx.hang_up("broken-command")
        elif isinstance(event, Frame):
            await self._command(event)
        await ctx.wire.drain()

    async def _say_too_big(self, tag: bytes) -> None:
        """RFC 7889 §4: a message is not wrong, only more than is taken."""
        ctx = self._ctx
        code, text = "TOOBIG", ctx.text("too-big", {"limit": megabytes(ctx.options.limits.append)})
        try:
            await ctx.mail.record_refused_append("", "too-big")
        except ProxydError as error:
            code, text = refusal(error, ctx.language)
        ctx.wire.write(tag + b" " + _status("no", code.encode(), text))

    async def _command(self, frame: Frame) -> None:
        began = self._clock()
        if self._ctx.signed_in:
            self._ctx.mail.heard()
        try:
            tagged = parse_command(frame, utf8=self._ctx.utf8)
        except NotEncoded as error:
            # RFC 9051 §5.1: what a name may be is a convention, no grammar; code of RFC 5530.
            line = _status("no", b"CANNOT", self._ctx.text("bad-name"))
            self._ctx.wire.write((error.tag or b"*") + b" " + line)
            self._meter.command("?", "no", self._clock() - began)
            return
        except BadSyntax as error:
            self._say_bad(error)
            self._meter.command("?", "bad", self._clock() - began)
            return
        outcome = await self._answer(tagged)
        self._meter.command(tagged.name, outcome, self._clock() - began)

    async def _answer(self, tagged: Tagged) -> str:
        """Run one command and say its end: the one boundary for errors."""
        ctx, rule = self._ctx, TABLE[tagged.name]
        ctx.tag = tagged.tag
        then = None
        try:
            done = await self._run(rule, tagged)
        except BadSyntax as error:
            self._tell_changes(rule, tagged)
            self._say_bad(BadSyntax(error.text, tagged.tag))
            return "bad"
        except ConnectionGone:
            raise
        except Rejected as rejected:
            outcome, code, text = (
                "no",
                rejected.code.encode(),
                ctx.text(rejected.key, rejected.facts),
            )
        except ProxydError as error:
            word, text = refusal(error, ctx.language, target=rule.has_target)
            outcome, code = "no", word.encode()
        except Exception:  # the boundary: our fault is NO [SERVERBUG], and the session goes on
            log.exception("%s failed", tagged.name)
            outcome, code, text = "bug", b"SERVERBUG", ctx.text("bug")
        else:
            outcome, code, text = "ok", done.code, ctx.text(done.key)
            then = done.then
        self._bads = 0
        code = self._tell_changes(rule, tagged, code)
        ctx.wire.write(tagged.tag + b" " + _status(outcome, code, text))
        if then is not None:
            then()
        return outcome

    async def _run(self, rule: CommandRule, tagged: Tagged) -> Done:
        ctx = self._ctx
        if ctx.state not in rule.states:
            raise wrong("state", state=ctx.state.value)
        if ctx.has("UIDONLY"):
            refuse_numbers(tagged.command)
        if not ctx.signed_in or rule.is_patient:
            return await rule.handler(ctx, tagged.command)
        with CommandProgress(ctx, self._later):
            return await rule.handler(ctx, tagged.command)

    def _tell_changes(self, rule: CommandRule, tagged: Tagged, code: bytes = b"BAD") -> bytes:
        """Tell, and return the code of the tagged line.

        RFC 9051 §7.5.1: EXPUNGE never answers FETCH, STORE or SEARCH by sequence number. A
        HIGHESTMODSEQ that is due takes the place of an empty code (RFC 7162 §3.2.7), else it has a
        line of its own.
        """
        view = self._ctx.selected
        if view is None or rule.tells is Tells.NOTHING:
            return code
        notifier = self._ctx.notifier
        silent = notifier is not None and notifier.is_silent_about_selected
        if silent and tagged.name not in _OWN_CHANGES:
            highest = view.maybe_taken_back()  # RFC 5465 §3.1: the changes are not asked for
        else:
            command = tagged.command
            by_uid = getattr(command, "uid", False) and not speaks_of_numbers(command)
            by_number = rule.tells is Tells.NUMBERS and not by_uid
            if rule.tells is Tells.KEEPING:
                # Refused because its numbers are out of date is the end of these.
                view.keeps_numbers = code != b"EXPUNGEISSUED"
            elif rule.tells is Tells.ASKED or by_uid:
                view.keeps_numbers = False
            flags = notifier is None or notifier.tells_flags or tagged.name in _OWN_CHANGES
            expunge = not by_number and not view.keeps_numbers
            self._ctx.wire.write(view.flush(expunge=expunge, flags=flags))
            if tagged.name in _LISTENING:
                view.heeded()
            highest = view.maybe_highest()
        if highest is None:
            return code
        if not code:
            return b"HIGHESTMODSEQ %d" % highest
        self._ctx.say_ok(b"HIGHESTMODSEQ %d" % highest, "highest")
        return code

    def _say_bad(self, error: BadSyntax) -> None:
        self._bads += 1
        self._ctx.wire.write((error.tag or b"*") + b" BAD " + error.text.encode() + b"\r\n")
        if self._bads >= BAD_IN_A_ROW:
            self._ctx.hang_up("too-many-errors")


# Commands whose effect on the selected view is part of their answer.
_OWN_CHANGES = frozenset({"STORE", "EXPUNGE", "MOVE", "COPY", "APPEND"})
_LISTENING = frozenset({"NOOP", "CHECK"})  # what clients send to hear of changes
_CONDITIONS = {"ok": b"OK", "no": b"NO", "bug": b"NO"}


def _status(outcome: str, code: bytes, text: str) -> bytes:
    """resp-cond-state: condition, response code, text."""
    bracketed = b"[" + code + b"] " if code else b""
    return _CONDITIONS[outcome] + b" " + bracketed + text.encode() + b"\r\n"
