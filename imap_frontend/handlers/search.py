"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.replies import wrong
from imap_frontend.search_answer import Question, answer, finished
from proxyd.imapwire.command import Search


async def search(ctx: Context, command: Search) -> Done:
    if command.charset is not None and ctx.has("UTF8=ACCEPT"):
        raise wrong("charset-with-utf8")  # RFC 6855 §3: it is UTF-8, and nothing may say otherwise
    question = Question("SEARCH", command.uid, command.key, command.charset, command.returns)
    await answer(ctx, question, ctx.view.opened.search)
    return finished(ctx, command)
