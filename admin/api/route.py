"""One row of the table of routes, what its handler is asked with, and what it may answer.

A handler takes what was asked, calls one service, and describes what came of it. Who may ask is
settled before (api.py) by the row's scope: a role that can have no token with it finds no such
address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from admin.api.model import Model, NoQuery
from admin.api.services import ApiServices
from proxyd.domain.api_token import OF_ROLE, ApiScope, ApiToken
from proxyd.domain.ports.database import Database
from proxyd.domain.types import Account, Role
from proxyd.service.actor import Actor

M = TypeVar("M", bound=Model)

PREFIX: Final = "/api/v1"
BODY_OCTETS: Final = 65_536
IMPORT_OCTETS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """``value`` None: there is nothing to tell (204). ``location``: of what was made."""

    value: Model | None = None
    status: int = 200
    location: str = ""


@dataclass(frozen=True, slots=True)
class LongAnswer:
    """A long answer, line by line. ``name``: of the file that it is kept in."""

    lines: AsyncIterator[str]
    media_type: str
    name: str


Answer = Reply | LongAnswer


@dataclass(frozen=True, slots=True)
class Call:
    """One request, once it is known who asks. ``store``: for what changes something."""

    services: ApiServices
    store: Database
    token: ApiToken
    actor: Actor
    path: Mapping[str, str]
    query: Model
    body: Model | None

    @property
    def account(self) -> Account:
        return self.token.account

    def asked(self, kind: type[M]) -> M:
        """The query, which the row says is of that kind."""
        assert isinstance(self.query, kind)
        return self.query

    def given(self, kind: type[M]) -> M:
        """The body, likewise."""
        assert isinstance(self.body, kind)
        return self.body


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """``path``: below the prefix. ``says``: for the documentation. ``answer`` None: 204; ``lines``:
    media types of a long one instead. ``question``: to the access log; these are counted apart.
    """

    method: str
    path: str
    scope: ApiScope
    says: str
    handler: Handler
    answer: type[Model] | None = None
    status: int = 200
    query: type[Model] = NoQuery
    body: type[Model] | None = None
    lines: tuple[str, ...] = ()
    octets: int = BODY_OCTETS
    question: bool = False

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    @property
    def roles(self) -> frozenset[Role]:
        """Who can have a token that opens it."""
        return frozenset(role for role, may in OF_ROLE.items() if self.scope in may)
