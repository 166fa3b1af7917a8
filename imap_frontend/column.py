"""One value for each row of a client's view, in pieces that may be other people's too.

Of 500 sessions that were told the same flags of 10,000 mails each keeps twenty references. A piece
is copied when this session alone writes to it; pieces begin where ``api.Block``s begin. What was
never put is ``None``, and costs nothing. Knows nothing of what the values are.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence, Sequence
from itertools import compress
from typing import Generic, TypeVar

from proxyd.service.api.rows import BLOCK_ROWS

V = TypeVar("V")


class Column(Generic[V]):
    def __init__(self, count: int) -> None:
        self._count = count
        self._pieces: list[Sequence[V | None] | None] = [None] * -(-count // BLOCK_ROWS)
        self._own: dict[int, MutableSequence[V | None]] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> V | None:
        number, place = divmod(index, BLOCK_ROWS)
        piece = self._pieces[number]
        return None if piece is None or place >= len(piece) else piece[place]

    def __setitem__(self, index: int, value: V | None) -> None:
        number, place = divmod(index, BLOCK_ROWS)
        piece = self._pieces[number]
        if piece is not None and place < len(piece) and piece[place] == value:
            return
        self._owned(number)[place] = value

    def put(self, start: int, values: Sequence[V]) -> None:
        """``values`` of rows of one piece from ``start`` on; they are not altered by anybody."""
        number, place = divmod(start, BLOCK_ROWS)
        if place == 0 and len(values) == self._rows(number):
            self._pieces[number] = values
            self._own.pop(number, None)
        else:
            self._owned(number)[place : place + len(values)] = values

    def extend(self, count: int) -> None:
        """Rows without values."""
        self._count += count
        self._pieces.extend([None] * (-(-self._count // BLOCK_ROWS) - len(self._pieces)))

    def remove(self, indexes: Iterable[int]) -> None:
        """These rows; what stands before the first one stays as it is."""
        keep = bytearray(b"\x01") * self._count
        first = self._count
        for index in indexes:
            keep[index] = 0
            first = min(first, index)
        number = first // BLOCK_ROWS
        start = number * BLOCK_ROWS
        values: list[V | None] = []
        for piece in range(number, len(self._pieces)):
            values += self._filled(piece)
            self._own.pop(piece, None)
        left = list(compress(values, keep[start:]))
        self._count = start + len(left)
        del self._pieces[number:]
        for begin in range(0, len(left), BLOCK_ROWS):
            part = left[begin : begin + BLOCK_ROWS]
            if any(value is not None for value in part):
                self._own[len(self._pieces)] = part
                self._pieces.append(part)
            else:
                self._pieces.append(None)

    def _rows(self, number: int) -> int:
        return min(BLOCK_ROWS, self._count - number * BLOCK_ROWS)

    def _filled(self, number: int) -> list[V | None]:
        """A copy with as many values as there are rows."""
        values = list(self._pieces[number] or ())
        values += [None] * (self._rows(number) - len(values))
        return values

    def _owned(self, number: int) -> MutableSequence[V | None]:
        piece = self._own.get(number)
        if piece is None or len(piece) < self._rows(number):
            piece = self._own[number] = self._pieces[number] = self._filled(number)
        return piece
