"""One's own password: another one, for who knows the one that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Answer, Go, Part, ShowAgain, Typed, Visit, WebPage
from admin.web.sending import says
from admin.web.words_refusals import refusal
from proxyd.domain.errors import BadInput, Busy, SignInFailed
from proxyd.domain.web_session import PASSWORD

ME: Final = "/me"
_LONGEST: Final = 1000  # what is too long is told by the service, in words


async def facts(_visit: Visit) -> Mapping[str, object]:
    return {}


async def change(visit: Visit) -> Answer:
    """The current one is asked for each time, whenever it was shown last; it goes the way of every
    password. All sessions end, this one goes on as a new one.
    """
    services, account, new = visit.services, visit.account, visit.typed("new")
    assert visit.session is not None
    if new != visit.typed("again"):
        return ShowAgain(ME, (("again", "password.differ"),))
    try:
        shown = await services.accounts.sign_in(account.login, visit.typed("current"), visit.origin)
        changed = await services.people.set_password(
            account.login,
            by=visit.actor,
            password=new,
            only_if=services.accounts.still_opens(shown),
        )
        begun = await services.sessions.begin(
            account,
            factors=[PASSWORD, *(one for one in visit.session.factors if one != PASSWORD)],
            address=visit.address,
            client=visit.client,
            still=changed.still,
        )
    except SignInFailed:
        return ShowAgain(ME, (("current", "password.wrong"),))
    except Busy:
        return ShowAgain(ME, (("current", "sign-in.busy"),), 503)
    except BadInput as error:
        return ShowAgain(ME, (("new", refusal(error.what, error.problem)),))
    return Go(f"{ME}?done=password", begun=begun)


PART: Final = Part("me_password.html", facts)
PAGES: Final = (
    WebPage(
        "POST",
        "/me/password",
        change,
        form=tuple(Typed(name, _LONGEST, secret=True) for name in ("current", "new", "again")),
        sends=says("sends.password"),
    ),
)
