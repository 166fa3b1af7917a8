"""What sets up some people's mail clients, made of how things are now: for the command line, which
writes it to a folder, and for the console, which shows the sheet and hands out one file.

Who gets files is on record before they are made. Must never keep a password: it comes with the
order, and goes with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from admin.client_setup.kit import kit
from admin.client_setup.kit_pieces import Order, mailboxes_of
from admin.client_setup.sheet_content import SheetContent, content
from admin.client_setup.zipped import zipped
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson
from proxyd.domain.errors import NotFound
from proxyd.domain.tags_told import TagsTold, told_of_mailbox
from proxyd.service.actor import Actor
from proxyd.service.admin.client_setup import ClientSetup
from proxyd.service.admin.tag_tokens import TagTokens

if TYPE_CHECKING:
    from admin.client_setup.apple_profile import Signer


class SetupKit:
    def __init__(self, setup: ClientSetup, tokens: TagTokens) -> None:
        self._setup = setup
        self._tokens = tokens

    async def facts(self) -> ClientFacts:
        """Raises StoreUnavailable, Busy."""
        return await self._setup.facts()

    async def order(
        self,
        facts: ClientFacts,
        people: Sequence[ClientPerson],
        passwords: Mapping[str, str],
        *,
        by: Actor,
        language: str = "",
        pdf: bool = True,
        signer: Signer | None = None,
    ) -> Order:
        """``passwords`` by login, of those that are known. Raises StoreUnavailable, Busy."""
        await self._setup.record([person.login for person in people], by=by)
        return Order(
            facts,
            tuple(people),
            passwords,
            language,
            pdf,
            signer,
            {one.login: await self._tokens.of_person(one.login) for one in people},
            {box.name: await self._machine(facts, box) for box in mailboxes_of(people)},
        )

    async def sheets(self, passwords: Mapping[str, str]) -> dict[str, SheetContent]:
        """By login, to be shown; of who reads no mail there is none, and of nobody where clients
        could not be told a port. "" for a password that the person alone knows.
        """
        facts = await self.facts()
        people = _people(facts, passwords)
        return {one.login: content(facts, one, passwords[one.login]) for one in people}

    async def file(self, passwords: Mapping[str, str], *, by: Actor) -> bytes:
        """A ZIP archive of all that is made for these people. Raises NotFound where there is
        nothing for any of them.
        """
        facts = await self.facts()
        people = _people(facts, passwords)
        if not people:
            raise NotFound("user", ", ".join(passwords))
        order = await self.order(facts, people, passwords, by=by)
        files = await asyncio.to_thread(kit, order)  # a PDF takes a while
        return zipped({file.path: file.content for file in files})

    async def _machine(self, facts: ClientFacts, box: ClientMailbox) -> tuple[TagsTold, str]:
        tags = await self._setup.tags([box.name], box.language)
        told = told_of_mailbox(facts.organisation, box, tags)
        return told, await self._tokens.of_mailbox(box.name)


def _people(facts: ClientFacts, logins: Collection[str]) -> list[ClientPerson]:
    reached = facts.imap.port and facts.smtp.port
    return [one for one in facts.people if one.login in logins] if reached else []
