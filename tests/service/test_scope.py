"""Of which mailboxes somebody sees the numbers (proxyd/service/scope.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.types import Account, Right, Role
from proxyd.service.scope import has_reports, managed_by, manages, seen_by
from tests.bench.response_times import SUPPORT

BOXES = [replace(SUPPORT, id=number, name=name) for number, name in ((1, "b"), (2, "a"), (3, "c"))]


def person(role: Role, grants: dict[int, Right]) -> Account:
    return Account(1, "anna", "Anna", role, disabled=False, grants=grants)


@pytest.mark.parametrize(
    ("role", "grants", "seen", "managed"),
    [
        (Role.STAFF, {}, "", ""),
        (Role.STAFF, {3: Right.READ, 1: Right.MANAGE}, "cb", "b"),
        (Role.STAFF, {2: Right.RESPOND_WITH_APPROVAL}, "a", ""),
        (Role.STAFF, {9: Right.MANAGE}, "", ""),
        (Role.ADMIN, {}, "abc", "abc"),
        (Role.ADMIN, {1: Right.READ}, "abc", "abc"),
        (Role.AUDITOR, {1: Right.MANAGE}, "", ""),
    ],
)
def test_each_role_and_right(role: Role, grants: dict[int, Right], seen: str, managed: str) -> None:
    account = person(role, grants)
    assert "".join(one.name for one in seen_by(account, BOXES)) == seen
    assert "".join(one.name for one in managed_by(account, BOXES)) == managed
    assert [one.name for one in BOXES if manages(account, one.id)] == [
        one.name for one in BOXES if one.name in managed
    ]
    assert has_reports(account) or not managed
