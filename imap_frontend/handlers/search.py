"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.search_answer import Question, answer
from proxyd.imapwire.command import Search


async def search(ctx: Context, command: Search) -> Done:
    question = Question("SEARCH", command.uid, command.key, command.charset, command.returns)
    await answer(ctx, question, ctx.view.opened.search)
    return Done()
