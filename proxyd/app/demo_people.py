"""Who is in the demo. In Japanese they are those who sign its mails."""

from __future__ import annotations

from proxyd.domain.types import Role

Person = tuple[str, str, Role]  # login, name, role

_ENGLISH: tuple[Person, ...] = (
    ("anna", "Anna Sato", Role.STAFF),
    ("ben", "Ben Mori", Role.STAFF),
    ("admin", "Admin", Role.ADMIN),
    ("auditor", "Auditor", Role.AUDITOR),
)
_JAPANESE: tuple[Person, ...] = (
    ("nakamura", "中村 健", Role.STAFF),
    ("kobayashi", "小林 由佳", Role.STAFF),
    ("admin", "管理者", Role.ADMIN),
    ("auditor", "監査担当", Role.AUDITOR),
)


def people(language: str) -> tuple[Person, ...]:
    """The first two work together."""
    return _JAPANESE if language == "ja" else _ENGLISH
