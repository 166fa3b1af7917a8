"""Is all well: what ``/readyz`` tells a monitoring system on this machine, for one elsewhere."""

from __future__ import annotations

from typing import Any, Final

from admin.api.model import Model
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope


class HealthNow(Model):
    """``reasons``: why not, in sentences. ``notices``: what an admin should know all the same.
    ``conditions``: the providers' troubles, for programs.
    """

    ok: bool
    reasons: list[str]
    notices: list[str]
    conditions: list[dict[str, Any]]


async def show(call: Call) -> Answer:
    checks = call.services.health()
    reasons = [*await checks.alive(), *await checks.ready()]
    return Reply(
        HealthNow(
            ok=not reasons,
            reasons=reasons,
            notices=checks.notices(),
            conditions=checks.conditions(),
        )
    )


ROUTES: Final = (ApiRoute("GET", "/health", ApiScope.HEALTH_READ, "Is all well?", show, HealthNow),)
