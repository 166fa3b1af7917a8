"""The one table of routes of the API: an address that is not in it does not exist.

Whoever adds a resource adds its file's ROUTES here. Tests play each row for each role, for tokens
without its scope, expired and revoked ones, and for nobody.
"""

from __future__ import annotations

from typing import Final

from admin.api import (
    app_passwords,
    conversations,
    grants,
    health,
    leaving,
    log,
    mailboxes,
    own,
    people,
    policy,
    reports,
    rules,
    tokens,
    webhooks,
)
from admin.api.route import ApiRoute

ROUTES: Final[tuple[ApiRoute, ...]] = (
    *own.ROUTES,
    *people.ROUTES,
    *grants.ROUTES,
    *app_passwords.ROUTES,
    *tokens.ROUTES,
    *leaving.ROUTES,
    *mailboxes.ROUTES,
    *policy.ROUTES,
    *rules.ROUTES,
    *conversations.ROUTES,
    *reports.ROUTES,
    *webhooks.ROUTES,
    *log.ROUTES,
    *health.ROUTES,
)
