"""Who may sign in, and what they are granted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from proxyd.domain.networks import Network
from proxyd.domain.types import Account, Right, Role


class AccountStore(Protocol):
    def all(self) -> list[Account]: ...

    def find(self, login: str) -> tuple[Account, str] | None:
        """The account and its password hash."""
        ...

    def password_hashes(self) -> dict[int, str]:
        """By account id; whoever knows an old one sees that a password was changed."""
        ...

    def add(self, login: str, name: str, role: str, password_hash: str) -> Account:
        """Raises AlreadyExists."""
        ...

    def set_password(self, account_id: int, password_hash: str) -> None: ...

    def set_disabled(self, account_id: int, disabled: bool) -> None: ...  # noqa: FBT001

    def set_away(self, account_id: int, until_us: int | None) -> None:
        """``until_us``: microseconds since the epoch; None = back."""
        ...

    def set_left(self, account_id: int, at_us: int | None) -> None:
        """``at_us``: microseconds since the epoch; None = works here again."""
        ...

    def set_name(self, account_id: int, name: str) -> None: ...

    def set_networks(self, account_id: int, networks: Sequence[Network]) -> None: ...

    def set_role(self, account_id: int, role: Role) -> None: ...

    def set_app_passwords_only(self, account_id: int, only: bool) -> None: ...  # noqa: FBT001

    def grant(self, account_id: int, mailbox_id: int, right: Right) -> None: ...

    def revoke(self, account_id: int, mailbox_id: int) -> None: ...

    def remove(self, account_id: int) -> None: ...
