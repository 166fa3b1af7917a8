"""The rows of views as people see them, in blocks that many sessions share.

A FETCH of a whole folder is put together of blocks made before, instead of asking for 10,000
messages one by one. Invariants:

- a block is never altered: what changes drops it, in the same moment in which the truth changes
  (``forget``), and whoever holds the old one knows exactly what was so before;
- the same object is handed out as long as nothing in it has changed, and to all people who see the
  same flags, so that what the edge makes of it is made once;
- bounded by octets over all views of a mailbox; what was used longest ago goes first.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from proxyd.domain.bounded import Bounded
from proxyd.service.api.rows import BLOCK_ROWS, Block
from proxyd.service.mailbox.effects import Told
from proxyd.service.mailbox.model import Message, View

Flags = tuple[str, ...]

# What a row of a block takes: a reference each to flags, size and date, and a UID.
ROW_OCTETS = 28
# A hundred people at a folder of 10,000 where all have seen something else; mostly they have not.
BLOCKS_OCTETS = 32 * 1024 * 1024
MODSEQS_OCTETS = 8 * 1024 * 1024
# Colleagues whose block is compared, to share it; a comparison takes some microseconds.
COLLEAGUES_ASKED = 8


class Sheets:
    """Of one mailbox. ``flags_of``: all flags of some messages, as one person sees them there."""

    def __init__(self, flags_of: Callable[[Sequence[Message], int, View], list[Flags]]) -> None:
        self._flags_of = flags_of
        self._blocks: Bounded[Block] = Bounded(BLOCKS_OCTETS)
        self._modseqs: Bounded[array[int]] = Bounded(MODSEQS_OCTETS)
        self._readers: dict[View, dict[int, None]] = {}  # who may have blocks; the latest last

    def __len__(self) -> int:
        return len(self._blocks) + len(self._modseqs)

    def block(self, view: View, account_id: int, number: int) -> Block:
        key = view, account_id, number
        known = self._blocks.get(key)
        if known is None:
            known = self._made(view, account_id, number)
            self._blocks.put(key, known, ROW_OCTETS * len(known.uids))
        return known

    def modseqs(self, view: View, account_id: int, number: int) -> Sequence[int]:
        """The mod-sequences of the same rows, which are each person's own."""
        key = view, account_id, number
        known = self._modseqs.get(key)
        if known is None:
            self._note_reader(view, account_id)
            known = array("Q", [m.modseq_for(account_id) for m in _messages(view, number)])
            self._modseqs.put(key, known, 8 * len(known))
        return known

    def _made(self, view: View, account_id: int, number: int) -> Block:
        messages = _messages(view, number)
        flags = self._flags_of(messages, account_id, view)
        others = [id_ for id_ in self._readers.get(view, ()) if id_ != account_id]
        self._note_reader(view, account_id)
        base: Block | None = None
        for other in others[-COLLEAGUES_ASKED:]:
            theirs = self._blocks.get((view, other, number))
            if theirs is not None and theirs.flags == flags:
                return theirs
            base = base or theirs
        counted = Counter(flags)
        if base is not None:
            return Block(base.uids, base.sizes, base.dates, flags, counted)
        first = number * BLOCK_ROWS
        return Block(
            uids=view.uids[first : first + BLOCK_ROWS],
            sizes=[message.size for message in messages],
            dates=[message.internal_date for message in messages],
            flags=flags,
            counted=counted,
        )

    def _note_reader(self, view: View, account_id: int) -> None:
        readers = self._readers.setdefault(view, {})
        readers.pop(account_id, None)
        readers[account_id] = None

    # ------------------------------------------------------------ what changes

    def forget(self, told: Mapping[View, Sequence[Told]]) -> None:
        """Call it when a change has taken effect, before anybody hears of it."""
        for view, news in told.items():
            if view in self._readers:
                for item in news:
                    self._forget(view, item)

    def _forget(self, view: View, item: Told) -> None:
        if item.lost:
            del self._readers[view]
            self._blocks.drop_if(lambda key: isinstance(key, tuple) and key[0] is view)
            self._modseqs.drop_if(lambda key: isinstance(key, tuple) and key[0] is view)
            return
        readers = list(self._readers[view])
        if item.gone:
            # Those that went are still counted in the blocks.
            end = len(view.uids) + len(item.gone)
            self._drop(view, readers, _blocks_between(view.place_of(item.gone[0]), end))
        if item.arrived:
            first = view.place_of(item.arrived[0])
            self._drop(view, readers, _blocks_between(first, len(view.uids)))
        if item.changed:
            concerned = [id_ for id_ in readers if item.only is None or id_ in item.only]
            self._drop(view, concerned, _blocks_of(view, item.changed))

    def _drop(self, view: View, people: Iterable[int], numbers: Collection[int]) -> None:
        for account_id in people:
            for number in numbers:
                self._blocks.drop((view, account_id, number))
                self._modseqs.drop((view, account_id, number))

    def clear(self) -> None:
        """Something has changed that shows in any of them."""
        self._blocks.drop_if(lambda _: True)
        self._modseqs.drop_if(lambda _: True)


def _blocks_between(start: int, stop: int) -> range:
    return range(start // BLOCK_ROWS, -(-stop // BLOCK_ROWS))


def _blocks_of(view: View, uids: Sequence[int]) -> set[int]:
    """Where these stand, which ascend: as many steps as there are blocks, or UIDs if fewer."""
    found: set[int] = set()
    at = 0
    while at < len(uids):
        number = view.place_of(uids[at]) // BLOCK_ROWS
        found.add(number)
        following = (number + 1) * BLOCK_ROWS
        if following >= len(view.uids):
            break
        at = bisect_left(uids, view.uids[following], at + 1)
    return found


def _messages(view: View, number: int) -> list[Message]:
    first = number * BLOCK_ROWS
    members = view.members
    return [members[uid] for uid in view.uids[first : first + BLOCK_ROWS]]
