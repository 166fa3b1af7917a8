"""What an admin takes to staff's machines, from a running installation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from proxyd.domain.client_facts import ClientFacts, ClientPerson, ClientServer
from proxyd.service.admin.client_setup import ClientSetup, Reached
from proxyd.service.admin.tag_tokens import TagTokens
from proxyd.settings_file import load
from proxyd.store.database import Database
from proxyd.store.secrets import Keys, load_master_key
from tests.e2e.installation import Installation

ORGANISATION = 'Aoba "文具" & Co\\. <🖋>'


@dataclass(frozen=True)
class Kit:
    facts: ClientFacts
    tokens: Mapping[str, str]  # by login

    def person(self, login: str) -> ClientPerson:
        return next(one for one in self.facts.people if one.login == login)


def kit(proxy: Installation, web: str = "") -> Kit:
    """As clients reach it: the ports were chosen by the system. ``web``: as in [clients]."""
    settings = load(proxy.config, {})
    reached = Reached(
        ORGANISATION,
        ClientServer("localhost", proxy.ports["imap-tls"], "tls"),
        ClientServer("localhost", proxy.ports["smtp-starttls"], "starttls"),
        web,
        proxy.certificates.ca.read_text(),
    )

    async def read() -> Kit:
        keys = Keys.of(load_master_key(settings.data_dir, environment={}))
        store = Database(settings.database, keys=keys, clock=lambda: 0)
        await store.open()
        try:
            setup = ClientSetup(store, settings.workflow.status_set, reached)
            tokens = TagTokens(store, setup, keys.tags)
            facts = await setup.facts()
            return Kit(
                facts, {one.login: await tokens.of_person(one.login) for one in facts.people}
            )
        finally:
            await store.close()

    return asyncio.run(read())
