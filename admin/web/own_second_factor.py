"""One's second factor: set up, confirmed by a code, new recovery codes, taken away.

What follows for mail programs is told before it is confirmed, with how many connections will end;
and an application password can be made in the same step. Secret and codes stand in the answer to
the form that made them, and in no page that could be asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from admin.web.own_app_passwords import problem_of
from admin.web.page import Answer, Go, Part, Problem, Sentence, Show, Typed, Visit, WebPage
from admin.web.qr import squares
from admin.web.sending import says, sure
from proxyd.domain.errors import AlreadyExists, BadInput, CodesPaused, WrongCode
from proxyd.domain.roles import reads_mail
from proxyd.service.accounts.second_factors import Offered
from proxyd.service.admin.app_password_admin import NewAppPassword

ME: Final = "/me"


async def facts(visit: Visit) -> Mapping[str, object]:
    return {"factor": await visit.services.factors.of(visit.account.id)}


async def set_up(visit: Visit) -> Answer:
    try:
        offered = await visit.services.factors.offer_app(visit.account, by=visit.actor)
    except BadInput:  # there is one: in another window, a moment ago
        return Go(ME)
    return _set_up_page(visit, offered)


def _set_up_page(visit: Visit, offered: Offered, problems: Sequence[Problem] = ()) -> Show:
    account = visit.account
    told = {
        "qr": squares(offered.address),
        "key": " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4)),
        "reads_mail": reads_mail(account),
        "mail_sessions": visit.services.accounts.with_own_password(account.id),
        "problems": problems,
        "replaces": offered.replaces,
        "device": visit.typed("device"),
    }
    return Show("second_factor.html", told, 422 if problems else 200)


async def confirm(visit: Visit) -> Answer:
    """The session goes on, under another token; all others of the person end."""
    factors, account = visit.services.factors, visit.account
    assert visit.session is not None
    problem: Problem
    try:
        await _check_device(visit)
        codes = await factors.confirm_app(
            account, visit.typed("code"), by=visit.actor, session=visit.session.number
        )
    except _NoDevice as error:
        problem = error.problem
    except BadInput:  # none is offered any more
        return Go(ME)
    except CodesPaused as error:
        problem = ("code", "code.paused", {"seconds": error.pause_s})
    except WrongCode:
        problem = ("code", "code.wrong") if visit.typed("code") else ("code", "factor.code-needed")
    else:
        begun = await visit.services.sessions.prove(visit.session, ["app"], by=visit.actor)
        made, why = await _app_password(visit)
        if not (codes or made or why):  # they were given with a passkey
            return Go(f"{ME}?done=app-added", begun=begun)
        told = {"codes": codes, "made": made, "why": why, "first": True}
        return Show("recovery_codes.html", told, begun=begun)
    offered = await factors.offered(account)
    return Go(ME) if offered is None else _set_up_page(visit, offered, (problem,))


class _NoDevice(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


async def _check_device(visit: Visit) -> None:
    """All that was typed is looked at before mail is shut to the own password. Raises _NoDevice."""
    name = visit.typed("device")
    if not name.strip():
        return
    try:
        await visit.services.app_passwords.check(visit.account.login, name)
    except (BadInput, AlreadyExists) as error:
        raise _NoDevice(problem_of(error, "device")) from None


async def _app_password(visit: Visit) -> tuple[NewAppPassword | None, str]:
    """The one for this device, where its name was written; or why there is none, as a key: taken by
    another window in this very moment.
    """
    name = visit.typed("device").strip()
    if not name:
        return None, ""
    try:
        made = await visit.services.app_passwords.add(visit.account.login, name, by=visit.actor)
    except (BadInput, AlreadyExists) as error:
        return None, problem_of(error, "device")[1]
    return made, ""


async def new_codes(visit: Visit) -> Answer:
    try:
        codes = await visit.services.factors.new_recovery_codes(visit.account, by=visit.actor)
    except BadInput:
        return Go(ME)
    return Show("recovery_codes.html", {"codes": codes, "made": None, "why": "", "first": False})


async def remove(visit: Visit) -> Answer:
    assert visit.session is not None
    try:
        await visit.services.factors.remove(
            visit.account.login, by=visit.actor, session=visit.session.number
        )
    except BadInput:
        return Go(ME)
    begun = await visit.services.sessions.prove(visit.session, [], by=visit.actor)
    return Go(f"{ME}?done=removed", begun=begun)


async def ask_new_codes(visit: Visit) -> Answer:
    factor = await visit.services.factors.of(visit.account.id)
    if not factor.there:
        return Go(ME)
    return await sure(visit, NEW_CODES, title="codes.new-title", button="codes.new")


async def ask_remove(visit: Visit) -> Answer:
    factor = await visit.services.factors.of(visit.account.id)
    if factor.since_us is None:
        return Go(ME)
    follows = "factor.passkeys-stay" if factor.passkeys else "factor.remove-what"
    return await sure(
        visit, REMOVE, title="factor.remove-title", button="factor.remove", also=(follows,)
    )


async def sends_confirm(visit: Visit) -> Sentence:
    device = visit.typed("device").strip()
    if not device:
        return "sends.factor-confirm", {}
    return "sends.factor-confirm-device", {"name": device}


PART: Final = Part("me_second_factor.html", facts)
# Asked once each (GET): neither can be had back.
NEW_CODES: Final = WebPage(
    "POST", "/me/second-factor/codes", new_codes, step_up=True, sends=says("sends.codes-new")
)
REMOVE: Final = WebPage(
    "POST", "/me/second-factor/remove", remove, step_up=True, sends=says("sends.factor-remove")
)
PAGES: Final = (
    WebPage("POST", "/me/second-factor", set_up, step_up=True, sends=says("sends.factor-set-up")),
    WebPage(
        "POST",
        "/me/second-factor/confirm",
        confirm,
        step_up=True,
        form=(Typed("code", secret=True), Typed("device")),
        sends=sends_confirm,
    ),
    WebPage("GET", NEW_CODES.path, ask_new_codes),
    NEW_CODES,
    WebPage("GET", REMOVE.path, ask_remove),
    REMOVE,
)
