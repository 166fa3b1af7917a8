"""THREAD and UID THREAD (RFC 5256 §3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.search_answer import check_charset, finished
from imap_frontend.search_terms import term_of
from imap_frontend.thread_answer import thread_list
from proxyd.domain.ordering import Algorithm
from proxyd.domain.search import And, Uids
from proxyd.imapwire.command import Thread


async def thread(ctx: Context, command: Thread) -> Done:
    check_charset(command.charset)
    view = ctx.view
    # What arrived meanwhile has no number yet, and would have a place among the others.
    told = Uids(((1, view.last),) if view.last else ())
    term = And((told, term_of(command.key, view)))
    threads = await view.opened.thread(term, Algorithm(command.algorithm))
    listed = thread_list(threads, lambda uid: view.numbers_of([uid], uid=command.uid)[0])
    ctx.say(b"THREAD " + listed if listed else b"THREAD")
    return finished(ctx, command)
