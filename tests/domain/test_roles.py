"""What follows from a role (domain/roles.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.roles import may_have_grants, reads_mail
from proxyd.domain.types import Account, Right, Role


@pytest.mark.parametrize(
    ("role", "grants", "reads"),
    [
        (Role.STAFF, {}, True),
        (Role.STAFF, {1: Right.READ}, True),
        (Role.ADMIN, {}, False),
        (Role.ADMIN, {1: Right.READ}, True),
        (Role.AUDITOR, {}, False),
        (Role.AUDITOR, {1: Right.MANAGE}, False),
    ],
)
def test_who_finds_a_mail_door(role: Role, grants: dict[int, Right], reads: bool) -> None:
    assert reads_mail(Account(1, "x", "X", role, False, grants)) is reads


def test_an_auditor_has_no_grant() -> None:
    assert [role for role in Role if not may_have_grants(role)] == [Role.AUDITOR]
