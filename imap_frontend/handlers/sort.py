"""SORT and UID SORT (RFC 5256 §3, display names RFC 5957, RETURN RFC 5267 §3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.search_answer import Question, answer, finished
from proxyd.domain.ordering import SortBy, SortKey
from proxyd.domain.search import Term
from proxyd.imapwire.command import Sort


async def sort(ctx: Context, command: Sort) -> Done:
    keys = [SortKey(SortBy(key.by), key.reverse) for key in command.keys]
    opened = ctx.view.opened

    async def ask(term: Term) -> list[int]:
        return await opened.sort(term, keys)

    question = Question("SORT", command.uid, command.key, command.charset, command.returns)
    await answer(ctx, question, ask)
    return finished(ctx, command)
