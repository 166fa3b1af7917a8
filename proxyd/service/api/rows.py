"""What is known of the messages of a view without asking the provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Rows of a view that are looked up, kept and told together: half a millisecond's work.
BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What is known of a message without asking upstream."""

    flags: tuple[str, ...]  # for this person: system flags, keywords, status, assignee
    size: int
    internal_date: str  # "17-Jul-1996 02:44:25 -0700", always 26 characters


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """BLOCK_ROWS rows of a view as one person sees them; of the last ones there may be fewer.

    Never altered: what was made of it can be kept as long as the same object is handed out.
    """

    uids: Sequence[int]  # ascending
    sizes: Sequence[int]
    dates: Sequence[str]  # as in ``MessageFacts``
    flags: Sequence[tuple[str, ...]]
    counted: Mapping[tuple[str, ...], int]  # what of flags there is, and how often


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers and names of a message in one view, as this person sees it."""

    modseq: int  # RFC 7162: grows whenever the flags of ``MessageFacts`` change for this person
    email_id: str  # RFC 8474 §5.1: the same for copies of one message
    thread_id: str  # RFC 8474 §5.2: the conversation's
    saved_us: int | None  # RFC 8514: when it came into this view; None = not known
