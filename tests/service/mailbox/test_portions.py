"""Headers come in portions (service/mailbox/portions.py)."""

from __future__ import annotations

from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.mailtext.fields import MAX_HEADER
from proxyd.service.mailbox.portions import PORTION_OCTETS, portions


def row(uid: int, octets: int) -> HeaderRow:
    return HeaderRow(uid, (), octets, 0, b"x" * octets)


def test_letters_come_at_once() -> None:
    rows = [row(uid, 800) for uid in range(500)]
    assert list(portions(rows)) == [rows]


def test_no_portion_is_much_more_than_it_may_be() -> None:
    rows = [row(uid, 200_000) for uid in range(50)]
    found = list(portions(rows))
    assert [one for part in found for one in part] == rows
    assert all(sum(len(one.header) for one in part) < PORTION_OCTETS + MAX_HEADER for part in found)


def test_of_an_endless_header_counts_what_is_read() -> None:
    found = list(portions([row(uid, 10 * MAX_HEADER) for uid in range(4)]))
    assert [len(part) for part in found] == [2, 2]
    assert list(portions([])) == []
