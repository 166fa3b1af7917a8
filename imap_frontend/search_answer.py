"""The answer to SEARCH and SORT: SEARCH or SORT, or ESEARCH; and what "$" is afterwards.

RFC 4731 (ESEARCH), RFC 5267 §3 (the same for SORT), RFC 5182 (SAVE), RFC 7162 §3.1.5 and §3.1.10
(MODSEQ), RFC 9051 Appendix E (rev2 knows ESEARCH only). ``Question`` is what the two commands have
in common, so that both handlers only differ in whom they ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.search_terms import has_modseq, term_of
from imap_frontend.uid_only import speaks_of_numbers
from imap_frontend.view import ClientView
from proxyd.domain.search import Term
from proxyd.imapwire.charset import is_known
from proxyd.imapwire.command import Search, Sort, Thread
from proxyd.imapwire.encode import quoted
from proxyd.imapwire.numset import compact, compact_in_order
from proxyd.imapwire.search_key import SearchKey

# What a client that is refused can do instead: everything can be said in UTF-8.
CHARSETS = ("US-ASCII", "UTF-8")
_ENDS = frozenset({"MIN", "MAX"})


@dataclass(frozen=True, slots=True)
class Question:
    """``name`` is how the old response is called: "SEARCH", "SORT"."""

    name: str
    uid: bool
    key: SearchKey
    charset: str | None
    returns: frozenset[str] | None


async def answer(
    ctx: Context, question: Question, ask: Callable[[Term], Awaitable[Sequence[int]]]
) -> None:
    """Ask, say what was found in the order in which it was, and save it where that was wanted."""
    view, returns = ctx.view, question.returns or frozenset()
    term = term_of(question.key, view)  # first: "$" in it is what was saved before
    if "SAVE" in returns:
        # RFC 5182 §2.1: after NO nothing is saved, so nothing is until it is OK.
        view.save(())
    check_charset(question.charset)
    if has_modseq(question.key):
        ctx.enable("CONDSTORE")
    found = await ask(term)
    # What arrived meanwhile has no number yet: the client hears of it first.
    last = view.last
    found = [uid for uid in found if uid <= last]
    if "SAVE" in returns:
        view.save(_kept(found, returns))
    is_rev2 = ctx.has("IMAP4REV2") and question.name == "SEARCH"  # SORT is no part of rev2
    if question.returns is None and not is_rev2:
        ctx.say(_old_line(view, question, found))
    elif returns != {"SAVE"}:
        asked = returns or frozenset({"ALL"})
        ctx.say(_extended_line(ctx, question, found, asked))


def check_charset(charset: str | None) -> None:
    if not is_known(charset):
        raise Rejected("charset", f"BADCHARSET ({' '.join(CHARSETS)})")


def _kept(found: Sequence[int], returns: frozenset[str]) -> Sequence[int]:
    """RFC 5182 §2.4: MIN and MAX alone keep what they return."""
    if not found or returns & {"ALL", "COUNT"} or not returns & _ENDS:
        return found
    ends = {"MIN": found[0], "MAX": found[-1]}
    return [ends[one] for one in _ENDS & returns]


def _old_line(view: ClientView, question: Question, found: Sequence[int]) -> bytes:
    words = [question.name, *map(str, view.numbers_of(found, uid=question.uid))]
    if found and has_modseq(question.key):
        words.append(f"(MODSEQ {_highest(view, found)})")
    return " ".join(words).encode("ascii")


def _extended_line(
    ctx: Context, question: Question, found: Sequence[int], returns: frozenset[str]
) -> bytes:
    """``esearch-response``: what was not found has no MIN, MAX or ALL (RFC 4731 §3.1)."""
    view = ctx.view
    numbers = view.numbers_of(found, uid=question.uid)
    parts = [b"ESEARCH (TAG %b)" % quoted(ctx.tag)]
    parts += [b"UID"] if question.uid else []
    if numbers:
        # Of SORT the first and the last, of SEARCH, whose numbers ascend, too (RFC 5267 §3.1).
        parts += [b"MIN %d" % numbers[0]] if "MIN" in returns else []
        parts += [b"MAX %d" % numbers[-1]] if "MAX" in returns else []
        # RFC 5267 §3.1: SORT's set is in the order found, SEARCH's is a set
        spell = compact_in_order if question.name == "SORT" else compact
        parts += [b"ALL " + spell(numbers)] if "ALL" in returns else []
    parts += [b"COUNT %d" % len(numbers)] if "COUNT" in returns else []
    if numbers and has_modseq(question.key):
        # RFC 4731 §3.2: of the messages that are returned
        told = _kept(found, returns)
        parts.append(b"MODSEQ %d" % _highest(view, told))
    return b" ".join(parts)


def finished(ctx: Context, command: Search | Sort | Thread) -> Done:
    """RFC 5530 §3 EXPUNGEISSUED: what others have removed is in no answer, and where the numbers
    must stay its EXPUNGE can't come along.
    """
    stay = not command.uid or speaks_of_numbers(command)
    return Done(code=b"EXPUNGEISSUED" if stay and ctx.view.lacks_some else b"")


def _highest(view: ClientView, uids: Sequence[int]) -> int:
    return max(map(view.opened.modseq, uids))
