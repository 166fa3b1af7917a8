"""One row of the table of routes, what its handler is asked with, and what it may answer.

A handler resolves what was typed, calls one service, and describes what came of it. Who may ask,
and that the form is ours, is settled before (console.py); headers and cookies come after.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from admin.web.services import ConsoleServices
from proxyd.domain.types import Account, Origin, Role
from proxyd.domain.web_session import WebSession
from proxyd.service.accounts.web_sessions import DOOR, BegunSession, actor_of
from proxyd.service.actor import Actor

LINE: Final = 200  # characters of a field, where its row says nothing
FORM_OCTETS: Final = 64 * 1024  # of a form as it is sent, where its row says nothing


Problem = tuple[str, str] | tuple[str, str, Mapping[str, object]]


class Who(StrEnum):
    ANYBODY = "anybody"
    HALF_WAY = "half-way"  # the password was right, and a second factor is asked for
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True)
class Typed:
    """A field of a form. What is ``secret`` is never shown again, nor kept over a sign-in. What is
    ``chosen`` was pressed or ticked: a number or a word of ours, which ``sends`` puts in words.
    ``many``: a field of its own for each row that is ticked or filled in, "name.row".
    """

    name: str
    longest: int = LINE
    secret: bool = False
    chosen: bool = False
    many: bool = False

    def fits(self, name: str) -> bool:
        return name.startswith(f"{self.name}.") if self.many else name == self.name


@dataclass(frozen=True, slots=True)
class Show:
    """A page. ``begun``: a session that began, or went a step further, with this answer."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    begun: BegunSession | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    scripts: tuple[str, ...] = ()  # besides those of the row


@dataclass(frozen=True, slots=True)
class Go:
    """303 to a path of ours. ``begun``: as in Show; ``ends``: the session is over. ``cookies``:
    others, for ten minutes; "" takes one away.
    """

    path: str
    begun: BegunSession | None = None
    ends: bool = False
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Away:
    """303 to somewhere else, which the settings name: the organisation's sign-in, and nothing
    that anybody typed.
    """

    url: str
    begun: BegunSession | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """JSON for a script of ours."""

    value: Any
    status: int = 200
    begun: BegunSession | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ShowAgain:
    """The form was not taken: the page that it stands on is shown again, with what was typed (but
    secrets) and what is wrong. ``problems``: field, key of the sentence, and what is put in.
    """

    page: str
    problems: Sequence[Problem]
    status: int = 422
    begun: BegunSession | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep, which no browser opens as a page of ours. ``name``: in any letters; ``kind``:
    "text/csv; charset=utf-8"; ``content``: whole, or piece by piece.
    """

    name: str
    kind: str
    content: bytes | AsyncIterator[bytes] = field(repr=False)
    begun: BegunSession | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Events:
    """Server-sent events (HTML standard §9.2): what a page of ours listens to while it is open."""

    stream: AsyncIterator[bytes]
    begun: BegunSession | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


Answer = Show | Go | Away | JsonAnswer | ShowAgain | Download | Events


@dataclass(slots=True)
class Visit:
    """One request, once it is known who asks. ``same_origin``: a page of ours led here; ``site``:
    what our own addresses begin with; ``browser``: a word for the one that asks, before there is a
    session.
    """

    services: ConsoleServices
    language: str
    address: str
    client: str
    session: WebSession | None
    form: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    same_origin: bool
    browser: str = field(repr=False)
    site: str = ""

    @property
    def account(self) -> Account:
        assert self.session is not None
        return self.session.account

    @property
    def actor(self) -> Actor:
        assert self.session is not None
        return actor_of(self.session, address=self.address, client=self.client)

    @property
    def origin(self) -> Origin:
        session = f"web-{self.session.number}" if self.session is not None else ""
        return Origin(DOOR, self.address, self.client, session)

    @property
    def asker(self) -> str:
        """A word for the browser that no other has, and that a step further leaves as it is."""
        return self.origin.session or self.browser

    def typed(self, name: str) -> str:
        return self.form.get(name, "")

    def typed_rows(self, name: str) -> dict[str, str]:
        """Of a field that is there once a row: row, and what was typed at it."""
        begins = f"{name}."
        return {n.removeprefix(begins): t for n, t in self.form.items() if n.startswith(begins)}


Handler = Callable[[Visit], Awaitable[Answer]]
Sentence = tuple[str, Mapping[str, object]]  # its key, and what is put in


@dataclass(frozen=True, slots=True)
class WebPage:
    """``step_up``: only who has shown password and factor within five minutes; asked for in place
    of the answer. ``scripts``: files of static/, where the page has any; it works without them.
    ``sends``: what comes of the form, in a sentence for who has to confirm it; of what is not
    theirs it tells nothing. ``by_machine``: no browser asks, so there is neither cookie nor token
    of a form: what is sent has to prove itself. ``by_itself``: a page asks it while nobody is at
    it, so it is no use of the session, which it must not make last. ``most_octets``: of its form as
    it is sent.
    """

    method: str
    path: str
    handler: Handler
    who: Who = Who.SIGNED_IN
    roles: frozenset[Role] = frozenset(Role)
    step_up: bool = False
    form: tuple[Typed, ...] = ()
    scripts: tuple[str, ...] = ()
    by_machine: bool = False
    sends: Callable[[Visit], Awaitable[Sentence]] | None = None
    by_itself: bool = False
    most_octets: int = FORM_OCTETS


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page that others add to: its template, and what that needs to know; where it is
    on the page at all.
    """

    template: str
    facts: Callable[[Visit], Awaitable[Mapping[str, object]]]
    there: Callable[[Visit], bool] = lambda _visit: True


async def facts_of(parts: Sequence[Part], visit: Visit) -> dict[str, object]:
    """What all of them need, and ``parts``: their templates in order."""
    there = [part for part in parts if part.there(visit)]
    found: dict[str, object] = {"parts": [part.template for part in there]}
    for part in there:
        found |= await part.facts(visit)
    return found
